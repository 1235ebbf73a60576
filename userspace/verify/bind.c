// SPDX-License-Identifier: GPL-2.0-or-later
/* SealBindContext, binder, claim and the tree of a batch. */
#include "verify/bind.h"

#include <string.h>

#include "wire/hello.h"

/* A label with the zero octet that separates it from what follows. */
#define LABEL(s)	((struct seal_bytes){ (const uint8_t *)(s), sizeof(s) })
#define BYTES32(p)	((struct seal_bytes){ (p), SEAL_SHA256_LEN })

static bool hash_parts(const struct seal_bytes *parts, size_t count,
		       uint8_t *out)
{
	return seal_hash_parts(SEAL_HASH_SHA256, parts, count, out);
}

void seal_bind_encode(const struct seal_bind *bind, uint8_t out[SEAL_BIND_LEN])
{
	struct seal_writer w = seal_writer(out, SEAL_BIND_LEN);

	seal_put_bytes(&w, "SEALbind", 8);
	seal_put_u8(&w, SEAL_VERSION);
	seal_put_u8(&w, bind->attester);
	seal_put_u16(&w, bind->mode);
	seal_put_u64(&w, bind->exchange);
	seal_put_bytes(&w, bind->hello_hash, SEAL_SHA256_LEN);
	seal_put_bytes(&w, bind->request_hash, SEAL_SHA256_LEN);
	seal_put_bytes(&w, bind->attester_cert_hash, SEAL_SHA256_LEN);
	seal_put_bytes(&w, bind->rp_cert_hash, SEAL_SHA256_LEN);
	seal_put_bytes(&w, bind->subject_key_hash, SEAL_SHA256_LEN);
}

_Static_assert(8 + 1 + 1 + 2 + 8 + 5 * SEAL_SHA256_LEN == SEAL_BIND_LEN,
	       "the context has no gaps");

bool seal_hello_hash(struct seal_bytes client_frame,
		     struct seal_bytes server_frame,
		     uint8_t out[SEAL_SHA256_LEN])
{
	struct seal_bytes parts[] = { client_frame, server_frame };

	return hash_parts(parts, 2, out);
}

bool seal_binder(const uint8_t context[SEAL_BIND_LEN],
		 const uint8_t ekm[SEAL_SHA256_LEN],
		 uint8_t out[SEAL_SHA256_LEN])
{
	struct seal_bytes parts[] = {
		LABEL("SEAL-binder-v1"),
		{ context, SEAL_BIND_LEN },
		BYTES32(ekm),
	};

	return hash_parts(parts, 3, out);
}

bool seal_claim(const uint8_t binder[SEAL_SHA256_LEN],
		struct seal_bytes tik_name, struct seal_bytes claims,
		uint8_t out[SEAL_SHA256_LEN])
{
	uint8_t len[2] = { tik_name.len >> 8, tik_name.len };
	uint8_t claims_hash[SEAL_SHA256_LEN];
	struct seal_bytes parts[] = {
		LABEL("SEAL-quote-v1"),
		BYTES32(binder),
		{ len, sizeof(len) },
		tik_name,
		BYTES32(claims_hash),
	};

	return tik_name.len <= 0xffff &&
	       seal_sha256(claims.data, claims.len, claims_hash) &&
	       hash_parts(parts, 5, out);
}

bool seal_nonce_binder(struct seal_bytes nonce,
		       const uint8_t subject_key_hash[SEAL_SHA256_LEN],
		       uint8_t out[SEAL_SHA256_LEN])
{
	uint8_t len[2] = { nonce.len >> 8, nonce.len };
	struct seal_bytes parts[] = {
		LABEL("SEAL-result-v1"),
		{ len, sizeof(len) },
		nonce,
		BYTES32(subject_key_hash),
	};

	return nonce.len <= 0xffff && hash_parts(parts, 4, out);
}

size_t seal_expat_binding(enum seal_hash hash, struct seal_bytes cert,
			  const uint8_t ekm[SEAL_SHA256_LEN], uint8_t out[SEAL_HASH_MAX])
{
	return seal_spki_hash(hash, cert, BYTES32(ekm), out) ? seal_hash_len(hash) : 0;
}

bool seal_certify_data(struct seal_bytes ak_name, struct seal_bytes tik_name,
		       uint8_t out[SEAL_SHA256_LEN])
{
	uint8_t ak_len[2] = { ak_name.len >> 8, ak_name.len };
	uint8_t tik_len[2] = { tik_name.len >> 8, tik_name.len };
	struct seal_bytes parts[] = {
		LABEL("SEAL-certify-v1"),
		{ ak_len, sizeof(ak_len) },
		ak_name,
		{ tik_len, sizeof(tik_len) },
		tik_name,
	};

	return ak_name.len <= 0xffff && tik_name.len <= 0xffff &&
	       hash_parts(parts, 5, out);
}

bool seal_tree_leaf(const uint8_t claim[SEAL_SHA256_LEN],
		    uint8_t out[SEAL_SHA256_LEN])
{
	const uint8_t tag = 0;
	struct seal_bytes parts[] = { { &tag, 1 }, BYTES32(claim) };

	return hash_parts(parts, 2, out);
}

bool seal_tree_node(const uint8_t left[SEAL_SHA256_LEN],
		    const uint8_t right[SEAL_SHA256_LEN],
		    uint8_t out[SEAL_SHA256_LEN])
{
	const uint8_t tag = 1;
	struct seal_bytes parts[] = { { &tag, 1 }, BYTES32(left), BYTES32(right) };

	return hash_parts(parts, 3, out);
}

bool seal_quote_data(uint32_t n, const uint8_t root[SEAL_SHA256_LEN],
		     uint8_t out[SEAL_SHA256_LEN])
{
	uint8_t head[5] = { 2, n >> 24, n >> 16, n >> 8, n };
	struct seal_bytes parts[] = { { head, sizeof(head) }, BYTES32(root) };

	return hash_parts(parts, 2, out);
}

uint32_t seal_tree_size(uint32_t claims)
{
	uint32_t n = 1;

	while (n < claims && n < SEAL_BATCH_MAX)
		n *= 2;
	return n;
}

int seal_tree_depth(uint32_t n)
{
	int depth = 0;

	if (!n || n > SEAL_BATCH_MAX || n & (n - 1))
		return -1;
	while (n >> depth > 1)
		depth++;
	return depth;
}

void seal_tree_shuffle(uint32_t *slot, uint32_t n, const uint64_t *random)
{
	for (uint32_t i = 0; i < n; i++)
		slot[i] = i;
	for (uint32_t i = n; i > 1; i--) {
		/* 64 bits for at most 16 wanted: the bias is below 2^-47. */
		uint32_t j = random[i - 1] % i;
		uint32_t other = slot[j];

		slot[j] = slot[i - 1];
		slot[i - 1] = other;
	}
}

bool seal_tree_build(uint8_t (*node)[SEAL_SHA256_LEN], uint32_t n)
{
	if (seal_tree_depth(n) < 0)
		return false;
	for (uint32_t i = n; i < 2 * n; i++)
		if (!seal_tree_leaf(node[i], node[i]))
			return false;
	for (uint32_t i = n - 1; i; i--)
		if (!seal_tree_node(node[2 * i], node[2 * i + 1], node[i]))
			return false;
	return true;
}

void seal_tree_path(uint8_t (*node)[SEAL_SHA256_LEN], uint32_t n,
		    uint32_t index, uint8_t (*path)[SEAL_SHA256_LEN])
{
	for (uint32_t i = n + index; i > 1; i /= 2)
		memcpy(*path++, node[i ^ 1], SEAL_SHA256_LEN);
}

bool seal_tree_data(const uint8_t claim[SEAL_SHA256_LEN], uint32_t n,
		    uint32_t index, const uint8_t *path, size_t depth,
		    uint8_t out[SEAL_SHA256_LEN])
{
	uint8_t at[SEAL_SHA256_LEN];
	bool ok;

	if (seal_tree_depth(n) < 0 || depth != (size_t)seal_tree_depth(n) ||
	    index >= n)
		return false;
	ok = seal_tree_leaf(claim, at);
	for (size_t k = 0; k < depth && ok; k++, path += SEAL_SHA256_LEN)
		ok = index >> k & 1 ? seal_tree_node(path, at, at)
				    : seal_tree_node(at, path, at);
	return ok && seal_quote_data(n, at, out);
}
