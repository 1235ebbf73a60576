// SPDX-License-Identifier: GPL-2.0-or-later
/* CoRIM: the envelope, its CoMID tags and their triples. */
#include "verify/corim_private.h"

#define DEPTH_MAX	12	/* of what is skipped */

size_t seal_corim_at(const struct seal_corim_parse *p)
{
	return p->r.at - p->in->bytes.data;
}

void seal_corim_fail(struct seal_corim_parse *p, size_t at, const char *text)
{
	if (!p->error->text)
		*p->error = (struct seal_corim_error){ at, text };
	p->r.bad = true;
}

uint64_t seal_corim_head(struct seal_corim_parse *p, enum seal_major major, const char *wanted)
{
	size_t at = seal_corim_at(p);
	uint64_t n = seal_get_head64(&p->r, major);

	if (p->r.bad)
		seal_corim_fail(p, at, wanted);
	return n;
}

struct seal_bytes seal_corim_string(struct seal_corim_parse *p, enum seal_major major,
				    const char *wanted)
{
	size_t at = seal_corim_at(p);
	struct seal_bytes b = seal_get_string(&p->r, major);

	if (p->r.bad)
		seal_corim_fail(p, at, wanted);
	return b;
}

static const struct seal_corim_row *find(const struct seal_corim_row *rows, size_t count,
					 int64_t key)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].key == key)
			return &rows[i];
	return NULL;
}

/* One key, not in @seen, and its value; the bit of its row. */
static uint32_t entry(struct seal_corim_parse *p, const struct seal_corim_row *rows, size_t count,
		      uint32_t seen, const char *unknown)
{
	size_t at = seal_corim_at(p);
	int64_t key = seal_get_int(&p->r);
	const struct seal_corim_row *row = p->r.bad ? NULL : find(rows, count, key);
	uint32_t bit = row ? 1u << (row - rows) : 0;

	if (!row)
		seal_corim_fail(p, at, unknown);
	else if (row->refusal)
		seal_corim_fail(p, at, row->refusal);
	else if (seen & bit)
		seal_corim_fail(p, at, "a key of the map twice");
	else
		row->get(p);
	return bit;
}

void seal_corim_map(struct seal_corim_parse *p, const struct seal_corim_row *rows, size_t count,
		    const char *unknown)
{
	size_t at = seal_corim_at(p);
	uint64_t left = seal_corim_head(p, SEAL_CBOR_MAP, "wanted a map");
	uint32_t seen = 0;

	for (; left && !p->r.bad; left--)
		seen |= entry(p, rows, count, seen, unknown);
	for (size_t i = 0; i < count; i++)
		if (rows[i].mandatory && !(seen >> i & 1))
			seal_corim_fail(p, at, "a map without one of its mandatory keys");
}

void seal_corim_each(struct seal_corim_parse *p, void (*one)(struct seal_corim_parse *p))
{
	size_t at = seal_corim_at(p);
	uint64_t left = seal_corim_head(p, SEAL_CBOR_ARRAY, "wanted an array");

	if (!left)
		seal_corim_fail(p, at, "an empty array");
	for (; left && !p->r.bad; left--)
		one(p);
}

static void skip(struct seal_corim_parse *p, unsigned int depth);

static void skip_items(struct seal_corim_parse *p, uint64_t left, unsigned int depth)
{
	for (; left && !p->r.bad; left--)
		skip(p, depth + 1);
}

/* true, 1.5 and the like: the head says all, also the octets behind it. */
static void skip_simple(struct seal_corim_parse *p)
{
	static const uint8_t octets[] = { [24] = 1, [25] = 2, [26] = 4, [27] = 8 };
	size_t at = seal_corim_at(p);
	uint8_t kind = seal_get_u8(&p->r) & 0x1f;

	if (kind >= sizeof(octets))
		p->r.bad = true;
	else
		seal_get_bytes(&p->r, octets[kind]);
	if (p->r.bad)
		seal_corim_fail(p, at, "not an item of CBOR");
}

static void skip(struct seal_corim_parse *p, unsigned int depth)
{
	static const char wanted[] = "not an item of CBOR in its shortest form";
	enum seal_major major = seal_next_major(&p->r);

	if (depth > DEPTH_MAX) {
		seal_corim_fail(p, seal_corim_at(p), "nested too deeply");
		return;
	}
	switch (major) {
	case SEAL_CBOR_UINT:
	case SEAL_CBOR_NINT:
		seal_corim_head(p, major, wanted);
		break;
	case SEAL_CBOR_BSTR:
	case SEAL_CBOR_TSTR:
		seal_corim_string(p, major, wanted);
		break;
	case SEAL_CBOR_ARRAY:
		skip_items(p, seal_corim_head(p, major, wanted), depth);
		break;
	case SEAL_CBOR_MAP:
		/* Key and value: more pairs than octets are none. */
		skip_items(p, 2 * (seal_corim_head(p, major, wanted) & INT64_MAX), depth);
		break;
	case SEAL_CBOR_TAG:
		seal_corim_head(p, major, wanted);
		skip(p, depth + 1);
		break;
	case SEAL_CBOR_OTHER:
		skip_simple(p);
		break;
	}
}

void seal_corim_skip(struct seal_corim_parse *p)
{
	skip(p, 0);
}

/* @bytes, which are octets of the file, hold exactly one item, which @get reads. */
static void within(struct seal_corim_parse *p, struct seal_bytes bytes,
		   void (*get)(struct seal_corim_parse *p))
{
	struct seal_reader outer = p->r;

	if (outer.bad)
		return;
	p->r = seal_reader_of(bytes);
	get(p);
	if (!p->r.bad && p->r.left)
		seal_corim_fail(p, seal_corim_at(p), "octets behind the end");
	outer.bad = p->r.bad;
	p->r = outer;
}

void seal_corim_inside(struct seal_corim_parse *p, void (*get)(struct seal_corim_parse *p))
{
	size_t at = seal_corim_at(p);
	struct seal_bytes b = seal_corim_string(p, SEAL_CBOR_BSTR, "wanted a byte string");

	if (!b.len)
		seal_corim_fail(p, at, "an empty byte string");
	within(p, b, get);
}

void seal_corim_check_time(struct seal_corim_parse *p, size_t at, int64_t from, int64_t until)
{
	if (p->in->now < from)
		seal_corim_fail(p, at, "not valid yet");
	else if (p->in->now > until)
		seal_corim_fail(p, at, "no longer valid");
}

static int64_t get_time(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);
	int64_t t = 0;

	if (seal_get_head64(&p->r, SEAL_CBOR_TAG) == TAG_TIME)
		t = seal_get_int(&p->r);
	else
		p->r.bad = true;
	if (p->r.bad)
		seal_corim_fail(p, at, "wanted a time in whole seconds");
	return t;
}

static void not_before(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);

	seal_corim_check_time(p, at, get_time(p), INT64_MAX);
}

static void not_after(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);

	seal_corim_check_time(p, at, INT64_MIN, get_time(p));
}

void seal_corim_validity(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 0, false, not_before, NULL },
		{ 1, true, not_after, NULL },
	};

	CORIM_MAP(p, rows, "a member of a validity that we do not know");
}

/* [environment, [one or more measurements]], all of which hold together */
static void get_triple(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);
	const char *no = NULL;

	p->state = (struct seal_corim_state){ .at = at, .tag = p->tag };
	if (seal_corim_head(p, SEAL_CBOR_ARRAY, "wanted a reference triple") != 2)
		seal_corim_fail(p, at, "a reference triple that has not two members");
	seal_corim_environment(p);
	seal_corim_each(p, seal_corim_measurement);
	if (!p->r.bad)
		no = p->each(p->arg, &p->state);
	if (no)
		seal_corim_fail(p, at, no);
}

static void get_references(struct seal_corim_parse *p)
{
	seal_corim_each(p, get_triple);
}

static void get_triples(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 0, true, get_references, NULL },
		{ 1, false, NULL, "endorsed values: only reference values can be imported" },
		{ 2, false, NULL, "identity keys: only reference values can be imported" },
		{ 3, false, NULL, "attestation keys: sealctl admit pins them; "
				  "only reference values can be imported" },
		{ 4, false, NULL, "trust dependencies: only reference values can be imported" },
		{ 5, false, NULL, "domain memberships: only reference values can be imported" },
		{ 6, false, NULL, "links to CoSWID tags: only reference values can be imported" },
		{ 8, false, NULL, "conditional series: only reference values can be imported" },
		{ 10, false, NULL, "conditional endorsements: "
				   "only reference values can be imported" },
	};

	CORIM_MAP(p, rows, "triples that we do not know");
}

/* Kept with its head: a text and octets that look alike are two. */
static void get_tag_id(struct seal_corim_parse *p)
{
	const uint8_t *from = p->r.at;

	if (seal_next_major(&p->r) == SEAL_CBOR_TSTR)
		seal_corim_string(p, SEAL_CBOR_TSTR, "wanted the identifier of a tag");
	else
		seal_corim_string(p, SEAL_CBOR_BSTR, "wanted the identifier of a tag");
	p->tag = (struct seal_bytes){ from, p->r.at - from };
}

static void get_identity(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 0, true, get_tag_id, NULL },
		{ 1, false, seal_corim_skip, NULL },	/* tag-version */
	};

	CORIM_MAP(p, rows, "a member of a tag's identity that we do not know");
}

/* Maps come in any order, and triples are of a tag: its identity is first. */
static void put_off(struct seal_corim_parse *p)
{
	p->later = p->r;
	seal_corim_skip(p);
}

static void get_comid(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 0, false, seal_corim_skip, NULL },	/* language */
		{ 1, true, get_identity, NULL },
		{ 2, false, seal_corim_skip, NULL },	/* entities */
		{ 3, false, NULL, "linked tags: whether this one is whole cannot be said" },
		{ 4, true, put_off, NULL },
	};
	struct seal_reader end;

	CORIM_MAP(p, rows, "a member of a CoMID that we do not know");
	if (p->r.bad)
		return;
	end = p->r;
	p->r = p->later;
	get_triples(p);
	end.bad = p->r.bad;
	p->r = end;
}

static void get_tag(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);

	switch (seal_corim_head(p, SEAL_CBOR_TAG, "wanted a tagged tag")) {
	case TAG_COMID:
		seal_corim_inside(p, get_comid);
		break;
	case TAG_COSWID:
		seal_corim_fail(p, at, "a CoSWID tag: only CoMID can be imported");
		break;
	case TAG_COTL:
		seal_corim_fail(p, at, "a list of tags (CoTL): only CoMID can be imported");
		break;
	default:
		seal_corim_fail(p, at, "a tag that is not a CoMID");
	}
}

static void get_tags(struct seal_corim_parse *p)
{
	seal_corim_each(p, get_tag);
}

static void get_corim(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 0, true, seal_corim_skip, NULL },	/* id */
		{ 1, true, get_tags, NULL },
		{ 2, false, NULL, "dependent manifests: this one is not whole" },
		{ 3, false, NULL, "a profile, by which values may mean something else" },
		{ 4, false, seal_corim_validity, NULL },
		{ 5, false, seal_corim_skip, NULL },	/* entities */
	};

	CORIM_MAP(p, rows, "a member of a CoRIM that we do not know");
}

static void get_unsigned(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);

	if (seal_corim_head(p, SEAL_CBOR_TAG, "not a CoRIM") != TAG_UNSIGNED)
		seal_corim_fail(p, at, "not a CoRIM");
	get_corim(p);
}

/* Is the next item that tag? Then it is read. */
static bool tagged(struct seal_corim_parse *p, uint64_t tag)
{
	struct seal_reader ahead = p->r;

	if (seal_get_head64(&ahead, SEAL_CBOR_TAG) != tag || ahead.bad)
		return false;
	p->r = ahead;
	return true;
}

static void get_whole(struct seal_corim_parse *p)
{
	bool named;

	tagged(p, TAG_RIM);
	named = tagged(p, TAG_SIGNED);
	if (tagged(p, TAG_SIGN1))
		seal_corim_signed(p, get_unsigned);
	else if (named)
		seal_corim_fail(p, seal_corim_at(p), "wanted a COSE_Sign1");
	else if (p->in->key)
		seal_corim_fail(p, seal_corim_at(p), "not signed, and a signer's key was given");
	else
		get_unsigned(p);
}

bool seal_corim_read(const struct seal_corim_in *in,
		     const char *(*each)(void *arg, const struct seal_corim_state *state),
		     void *arg, struct seal_corim_error *error)
{
	struct seal_corim_parse p = {
		.r = seal_reader_of(in->bytes), .in = in, .error = error, .each = each, .arg = arg,
	};

	*error = (struct seal_corim_error){ 0 };
	if (!in->bytes.len || in->bytes.len > SEAL_CORIM_MAX)
		seal_corim_fail(&p, 0, in->bytes.len ? "longer than 1 MiB" : "empty");
	else
		within(&p, in->bytes, get_whole);
	return !error->text;
}
