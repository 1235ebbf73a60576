// SPDX-License-Identifier: GPL-2.0-or-later
/* CoRIM: what a reference triple is about, and the values that it has. */
#include <stdio.h>
#include <string.h>

#include "verify/corim_private.h"

#define ID_MAX		64u	/* octets of one identifier */
#define NAME_MAX	100u	/* of a vendor or model */

/* The text of an environment, its parts in this order whatever theirs was. */
struct environment {
	char class_id[160], vendor[220], model[220], layer[32], index[32];
	char instance[160], group[160];
};

/* An object identifier in its usual spelling; false when it is not one. */
static bool put_oid(struct seal_bytes b, char *out, size_t size)
{
	size_t len = snprintf(out, size, "oid:");
	uint64_t arc = 0;
	bool first = true;

	for (size_t i = 0; i < b.len; i++) {
		if (arc > UINT64_MAX >> 8 || (!arc && b.data[i] == 0x80))
			return false;
		arc = arc << 7 | (b.data[i] & 0x7f);
		if (b.data[i] & 0x80)
			continue;
		if (first) {
			uint64_t top = arc < 80 ? arc / 40 : 2;

			len += snprintf(out + len, size - len, "%llu.", (unsigned long long)top);
			arc -= 40 * top;
		}
		len += snprintf(out + len, size - len, first ? "%llu" : ".%llu",
				(unsigned long long)arc);
		if (len >= size)
			return false;
		first = false;
		arc = 0;
	}
	return b.len && !(b.data[b.len - 1] & 0x80);
}

static bool put_uuid(struct seal_bytes b, char *out, size_t size)
{
	size_t len = snprintf(out, size, "uuid:");

	for (size_t i = 0; i < b.len; i++)
		len += snprintf(out + len, size - len, "%s%02x", i == 4 || i == 6 || i == 8 ||
				i == 10 ? "-" : "", b.data[i]);
	return b.len == 16;
}

static bool put_hex(const char *what, struct seal_bytes b, char *out, size_t size)
{
	size_t len = snprintf(out, size, "%s", what);

	for (size_t i = 0; i < b.len; i++)
		len += snprintf(out + len, size - len, "%02x", b.data[i]);
	return b.len;
}

/* A tagged identifier as NAME=KIND:TEXT. @kinds are the tags that may be there. */
static void get_id(struct seal_corim_parse *p, const char *name, const uint16_t kinds[3],
		   char out[160])
{
	size_t at = seal_corim_at(p), used = snprintf(out, 160, "%s", name);
	uint64_t tag = seal_get_head64(&p->r, SEAL_CBOR_TAG);
	struct seal_bytes b = seal_get_string(&p->r, SEAL_CBOR_BSTR);
	bool known = !p->r.bad && b.len <= ID_MAX &&
		     (tag == kinds[0] || tag == kinds[1] || tag == kinds[2]);

	out += used;
	if (!known || !(tag == TAG_UUID ? put_uuid(b, out, 160 - used) :
			tag == TAG_OID ? put_oid(b, out, 160 - used) :
			put_hex(tag == TAG_UEID ? "ueid:" : "bytes:", b, out, 160 - used)))
		seal_corim_fail(p, at, "an identifier of a kind that we do not know");
}

static void get_class_id(struct seal_corim_parse *p)
{
	static const uint16_t kinds[3] = { TAG_OID, TAG_UUID, TAG_BYTES };

	get_id(p, " class-id=", kinds, ((struct environment *)p->into)->class_id);
}

static void get_instance(struct seal_corim_parse *p)
{
	static const uint16_t kinds[3] = { TAG_UEID, TAG_UUID, TAG_BYTES };

	get_id(p, " instance=", kinds, ((struct environment *)p->into)->instance);
}

static void get_group(struct seal_corim_parse *p)
{
	static const uint16_t kinds[3] = { TAG_UUID, TAG_UUID, TAG_BYTES };

	get_id(p, " group=", kinds, ((struct environment *)p->into)->group);
}

/* A name in quotes, so that none can look like another member. */
static void get_name(struct seal_corim_parse *p, const char *name, char out[220])
{
	size_t at = seal_corim_at(p), len = snprintf(out, 220, "%s", name);
	struct seal_bytes text = seal_get_text(&p->r, NAME_MAX);

	if (p->r.bad)
		seal_corim_fail(p, at, "wanted a name of 1 to 100 printable characters of ASCII");
	out[len++] = '"';
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			out[len++] = '\\';
		out[len++] = text.data[i];
	}
	out[len++] = '"';
	out[len] = '\0';
}

static void get_vendor(struct seal_corim_parse *p)
{
	get_name(p, " vendor=", ((struct environment *)p->into)->vendor);
}

static void get_model(struct seal_corim_parse *p)
{
	get_name(p, " model=", ((struct environment *)p->into)->model);
}

static void get_number(struct seal_corim_parse *p, const char *name, char out[32])
{
	uint64_t n = seal_corim_head(p, SEAL_CBOR_UINT, "wanted a number");

	snprintf(out, 32, "%s%llu", name, (unsigned long long)n);
}

static void get_layer(struct seal_corim_parse *p)
{
	get_number(p, " layer=", ((struct environment *)p->into)->layer);
}

static void get_index(struct seal_corim_parse *p)
{
	get_number(p, " index=", ((struct environment *)p->into)->index);
}

static void get_class(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 0, false, get_class_id, NULL },
		{ 1, false, get_vendor, NULL },
		{ 2, false, get_model, NULL },
		{ 3, false, get_layer, NULL },
		{ 4, false, get_index, NULL },
	};

	CORIM_MAP(p, rows, "a member of a class that we do not know");
}

void seal_corim_environment(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 0, false, get_class, NULL },
		{ 1, false, get_instance, NULL },
		{ 2, false, get_group, NULL },
	};
	char text[SEAL_CORIM_ENVIRONMENT + 1];
	struct environment e = { 0 };
	size_t at = seal_corim_at(p), len;

	p->into = &e;
	CORIM_MAP(p, rows, "a member of an environment that we do not know");
	len = snprintf(text, sizeof(text), "%s%s%s%s%s%s%s", e.class_id, e.vendor, e.model,
		       e.layer, e.index, e.instance, e.group);
	if (!len || len >= sizeof(text))
		seal_corim_fail(p, at, len ? "an environment with names too long to be of use" :
				"an environment that says nothing");
	else
		memcpy(p->state.environment, text + 1, len);	/* without the first blank */
}

/* One measurement, while it is read. */
struct measurement {
	bool keyed, registers;
	uint64_t key;
	size_t at, key_at;
	struct seal_bytes value;	/* of a digest or a raw value */
};

/* PCR @pcr has that value in this state. */
static void put(struct seal_corim_parse *p, size_t at, uint64_t pcr, struct seal_bytes value)
{
	if (pcr >= SEAL_PCR_COUNT) {
		seal_corim_fail(p, at, "an index that is not that of a PCR");
	} else if (SEAL_PCR_RESETTABLE >> pcr & 1) {
		seal_corim_fail(p, at, "a value for a PCR that anybody can reset");
	} else if (p->state.pcrs >> pcr & 1) {
		seal_corim_fail(p, at, "a PCR twice in one triple: "
				"other states are other triples");
	} else if (!p->r.bad) {
		p->state.pcrs |= 1u << pcr;
		p->state.value[pcr] = value;
	}
}

/* The names of hashes: those of RFC 6920, those of COSE, and their texts. */
static const struct hash {
	int64_t names[2];
	const char *texts[2];
	uint16_t bank;
} hashes[] = {
	{ { 1, -16 }, { "sha-256", "SHA-256" }, SEAL_TPM_ALG_SHA256 },
	{ { 7, -43 }, { "sha-384", "SHA-384" }, SEAL_TPM_ALG_SHA384 },
};

/* The bank of a hash, or 0 for one that no policy can ask for. */
static uint16_t get_hash(struct seal_corim_parse *p)
{
	struct seal_bytes text = { 0 };
	int64_t n = 0;

	if (seal_next_major(&p->r) == SEAL_CBOR_TSTR)
		text = seal_get_text(&p->r, 64);
	else
		n = seal_get_int(&p->r);
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		for (size_t k = 0; k < 2; k++)
			if (text.len ? seal_bytes_are(text, hashes[i].texts[k]) :
				       n == hashes[i].names[k])
				return hashes[i].bank;
	return 0;
}

/* [algorithm, value], into @out where it is of our bank. */
static void get_digest(struct seal_corim_parse *p, struct seal_bytes *out)
{
	size_t at = seal_corim_at(p);
	uint64_t members = seal_corim_head(p, SEAL_CBOR_ARRAY, "wanted a digest");
	uint16_t bank = get_hash(p);
	struct seal_bytes value = seal_get_string(&p->r, SEAL_CBOR_BSTR);

	if (p->r.bad || members != 2 || (bank && value.len != seal_tpm_bank_len(bank)))
		seal_corim_fail(p, at, "not a digest: wanted an algorithm and its value");
	else if (bank != p->in->bank)
		p->state.others = true;
	else if (out->len)
		seal_corim_fail(p, at, "two digests by one algorithm");
	else
		*out = value;
}

/* Of several algorithms each stands for the same octets: ours must be among them. */
static struct seal_bytes get_digest_list(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);
	uint64_t left = seal_corim_head(p, SEAL_CBOR_ARRAY, "wanted a list of digests");
	struct seal_bytes value = { 0 };

	for (; left && !p->r.bad; left--)
		get_digest(p, &value);
	if (!value.len)
		seal_corim_fail(p, at, "no digest of the bank that is wanted: see --bank");
	return value;
}

static void take(struct seal_corim_parse *p, size_t at, struct seal_bytes value)
{
	struct measurement *m = p->into;

	if (m->value.len)
		seal_corim_fail(p, at, "a digest and a raw value for one PCR");
	m->value = value;
}

static void get_digests(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);

	take(p, at, get_digest_list(p));
}

static void get_raw(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);
	uint64_t tag = seal_get_head64(&p->r, SEAL_CBOR_TAG);
	struct seal_bytes value = { 0 };

	if (tag == TAG_BYTES)
		value = seal_get_string(&p->r, SEAL_CBOR_BSTR);
	if (tag == TAG_MASKED)
		seal_corim_fail(p, at, "a value with a mask: a PCR is equal or it is not");
	else if (p->r.bad || value.len != seal_tpm_bank_len(p->in->bank))
		seal_corim_fail(p, at, "a raw value that is not one of a PCR of that bank");
	take(p, at, value);
}

static void get_registers(struct seal_corim_parse *p)
{
	struct measurement *m = p->into;
	size_t at = seal_corim_at(p);
	uint64_t left = seal_corim_head(p, SEAL_CBOR_MAP, "wanted a map of registers");

	if (!left)
		seal_corim_fail(p, at, "a map of no registers");
	m->registers = true;
	for (; left && !p->r.bad; left--) {
		uint64_t pcr;

		at = seal_corim_at(p);
		pcr = seal_corim_head(p, SEAL_CBOR_UINT, "a register that is not a PCR");
		put(p, at, pcr, get_digest_list(p));
	}
}

static void get_values(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 0, false, NULL, "a version: a PCR says nothing of it" },
		{ 1, false, NULL, "a security version number: a PCR says nothing of it" },
		{ 2, false, get_digests, NULL },
		{ 3, false, NULL, "flags: a PCR says nothing of them" },
		{ 4, false, get_raw, NULL },
		{ 5, false, NULL, "a value with a mask: a PCR is equal or it is not" },
		{ 6, false, NULL, "a MAC address: a PCR says nothing of it" },
		{ 7, false, NULL, "an IP address: a PCR says nothing of it" },
		{ 8, false, NULL, "a serial number: a PCR says nothing of it" },
		{ 9, false, NULL, "a UEID: a PCR says nothing of it" },
		{ 10, false, NULL, "a UUID: a PCR says nothing of it" },
		{ 11, false, NULL, "a name: a PCR says nothing of it" },
		{ 13, false, NULL, "keys: a PCR says nothing of them" },
		{ 14, false, get_registers, NULL },
		{ 15, false, NULL, "a range of numbers: a PCR is equal or it is not" },
	};

	CORIM_MAP(p, rows, "a measured value of a kind that we do not know");
}

static void get_key(struct seal_corim_parse *p)
{
	struct measurement *m = p->into;

	m->key_at = seal_corim_at(p);
	m->keyed = true;
	m->key = seal_corim_head(p, SEAL_CBOR_UINT, "an element that is not a PCR by its number");
}

void seal_corim_measurement(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 0, false, get_key, NULL },
		{ 1, true, get_values, NULL },
		{ 2, false, NULL, "authorized-by: a policy cannot say whose word a PCR is" },
	};
	struct measurement m = { .at = seal_corim_at(p) };

	p->into = &m;
	CORIM_MAP(p, rows, "a member of a measurement that we do not know");
	if (m.keyed && m.registers)
		seal_corim_fail(p, m.key_at,
				"an element and its registers: of which are the PCRs?");
	else if (!m.value.len && !m.registers)
		seal_corim_fail(p, m.at, "a measurement without a value");
	else if (m.value.len && !m.keyed)
		seal_corim_fail(p, m.at, "a value without the number of its PCR");
	else if (m.keyed)
		put(p, m.key_at, m.key, m.value);
}
