// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "attester/evidence.h"
#include "wire/cmw.h"

static int tpm_attest(struct att_keys *keys, const struct att_selection *selection,
		      struct seal_bytes data, union att_proof *proof)
{
	return att_tpm_quote(keys->tpm, &keys->ak, selection, data.data, data.len, &proof->tpm);
}

static struct seal_bytes view(const struct att_blob *blob)
{
	return (struct seal_bytes){ blob->data, blob->len };
}

static void fill_quote(struct seal_tpm_evidence *ev, const struct att_quote *quote)
{
	unsigned int i;

	ev->quote = view(&quote->proof.attest);
	ev->quote_sig = view(&quote->proof.sig);
	ev->bank = quote->selection.bank;
	for (i = 0; i < SEAL_PCR_COUNT && i < ATT_PCRS_MAX; i++)
		if (quote->selection.mask & (1u << i))
			ev->pcr[i] = (struct seal_bytes){ quote->pcr[i], quote->digest_len };
}

static void fill_keys(struct seal_tpm_evidence *ev, const struct att_keys *keys)
{
	ev->ak_public = view(&keys->ak.pub);
	ev->ak_cert_count = att_chain_get(&keys->ak_certs, ev->ak_certs, SEAL_CERTS_MAX);
	if (!keys->key_in_tpm)
		return;
	ev->tik_public = view(&keys->tik.pub);
	ev->certify = view(&keys->certify.attest);
	ev->certify_sig = view(&keys->certify.sig);
}

static size_t tpm_produce(const struct att_keys *keys, const union att_proof *proof,
			  const struct att_batch *batch, uint32_t i, struct seal_bytes claims,
			  uint8_t *out, size_t size)
{
	struct seal_tpm_evidence ev = { .claims = claims, .batch = batch->n };

	fill_quote(&ev, &proof->tpm);
	fill_keys(&ev, keys);
	ev.depth = att_batch_path(batch, i, &ev.index, ev.path);
	return seal_evidence_wrap(&ev, out, size);
}

static const struct att_evidence_type types[] = {
	{ SEAL_MEDIA_TPM, tpm_attest, tpm_produce },
};

const struct att_evidence_type *att_evidence_type(const char *media_type)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].media_type, media_type))
			return &types[i];
	return NULL;
}
