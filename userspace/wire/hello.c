// SPDX-License-Identifier: GPL-2.0-or-later
/* SealNegotiation and SealHello. */
#include "wire/hello.h"

#include <string.h>

#define EE_FLAGS	(SEAL_EE_CLIENT_REQUIRED | SEAL_EE_SERVER_ATTESTS | SEAL_EE_REATTEST)
#define ROLE_BITS	(SEAL_HELLO_CAN_ATTEST | SEAL_HELLO_WANTS_PEER)
#define VERSIONS_MAX	15u
#define PROFILE_MAX	32u

void seal_negotiation_ch_encode(uint8_t out[SEAL_CH_BODY_LEN])
{
	out[0] = 1;			/* versions<1..15> */
	out[1] = SEAL_VERSION;
}

bool seal_negotiation_ch_legal(struct seal_bytes body)
{
	struct seal_reader r = seal_reader_of(body);

	seal_get_vec8(&r, 1, VERSIONS_MAX);
	return seal_reader_done(&r);
}

bool seal_negotiation_ch_decode(struct seal_bytes body)
{
	return seal_negotiation_ch_legal(body) &&
	       seal_bytes_chr((struct seal_bytes){ body.data + 1, body.len - 1 }, SEAL_VERSION);
}

void seal_negotiation_ee_encode(uint8_t flags, uint8_t out[SEAL_EE_BODY_LEN])
{
	out[0] = SEAL_VERSION;
	out[1] = flags;
}

bool seal_negotiation_ee_decode(struct seal_bytes body, uint8_t *flags_ret)
{
	struct seal_reader r = seal_reader_of(body);
	uint8_t version = seal_get_u8(&r);
	uint8_t flags = seal_get_u8(&r);

	if (!seal_reader_done(&r) || version != SEAL_VERSION || flags & ~EE_FLAGS)
		return false;
	*flags_ret = flags;
	return true;
}

static const char *const class_names[SEAL_CLASS_COUNT] = {
	[SEAL_CLASS_UNKNOWN]	= "unknown",
	[SEAL_CLASS_NFS]	= "nfs",
	[SEAL_CLASS_NFSD]	= "nfsd",
	[SEAL_CLASS_NVME]	= "nvme",
	[SEAL_CLASS_USER]	= "user",
	[SEAL_CLASS_KERNEL]	= "kernel",
};

static const struct profile {
	const char *name;
	size_t len;
} profiles[SEAL_PROFILE_COUNT] = {
	[SEAL_PROFILE_SEAL1]	= { "seal1", 5 },
	[SEAL_PROFILE_EXPAT]	= { "expat", 5 },
};

const char *seal_profile_name(unsigned int profile)
{
	return profile < SEAL_PROFILE_COUNT ? profiles[profile].name : "unknown";
}

const char *seal_class_name(unsigned int class)
{
	return class_names[class < SEAL_CLASS_COUNT ? class : SEAL_CLASS_UNKNOWN];
}

bool seal_class_in_kernel(unsigned int class)
{
	return class == SEAL_CLASS_NFS || class == SEAL_CLASS_NFSD ||
	       class == SEAL_CLASS_NVME || class == SEAL_CLASS_KERNEL;
}

/* What encode refuses to write, decode refuses to read. */
static bool legal(const struct seal_hello *hello)
{
	bool speaks = hello->can_attest || hello->wants_peer;

	if (hello->consumer >= SEAL_CLASS_COUNT)
		return false;
	if (hello->uid && hello->consumer != SEAL_CLASS_USER)
		return false;
	return hello->media_count <= SEAL_MEDIA_MAX &&
	       (hello->media_count || !speaks);
}

static struct seal_bytes profile_text(enum seal_profile profile)
{
	const struct profile *p = &profiles[profile];

	return (struct seal_bytes){ (const uint8_t *)p->name, p->len };
}

size_t seal_hello_encode(const struct seal_hello *hello, uint8_t *out,
			 size_t size)
{
	struct seal_writer w = seal_writer(out, size < SEAL_HELLO_MAX ?
						size : SEAL_HELLO_MAX);
	size_t list;

	if (!legal(hello) || hello->profile >= SEAL_PROFILE_COUNT)
		return 0;
	seal_put_u8(&w, SEAL_VERSION);
	seal_put_u8(&w, (hello->can_attest ? SEAL_HELLO_CAN_ATTEST : 0) |
			(hello->wants_peer ? SEAL_HELLO_WANTS_PEER : 0));
	seal_put_u8(&w, hello->modes);
	seal_put_u8(&w, hello->consumer);
	seal_put_u32(&w, hello->uid);
	seal_put_vec8(&w, profile_text(hello->profile));
	list = seal_put_open(&w, 2);
	for (size_t i = 0; i < hello->media_count; i++)
		seal_put_vec8(&w, hello->media_types[i]);
	seal_put_close(&w, list, 2);
	seal_put_vec16(&w, hello->verifier_ids);
	seal_put_bytes(&w, hello->random, sizeof(hello->random));
	return seal_writer_done(&w);
}

static bool get_profile(struct seal_reader *r, struct seal_hello *hello)
{
	struct seal_bytes text = seal_get_vec8(r, 1, PROFILE_MAX);

	for (unsigned int i = 0; i < SEAL_PROFILE_COUNT; i++) {
		hello->profile = i;
		if (seal_bytes_equal(text, profile_text(i)))
			return true;
	}
	return false;
}

static bool get_media_types(struct seal_reader *r, struct seal_hello *hello)
{
	struct seal_reader list = seal_reader_of(seal_get_vec16(r, 0, SEAL_HELLO_MAX));

	while (list.left && !list.bad) {
		if (hello->media_count == SEAL_MEDIA_MAX)
			return false;
		hello->media_types[hello->media_count++] =
			seal_get_vec8(&list, 1, 255);
	}
	return seal_reader_done(&list);
}

bool seal_hello_decode(struct seal_bytes body, struct seal_hello *hello_ret)
{
	struct seal_reader r = seal_reader_of(body);
	struct seal_hello hello = { 0 };
	uint8_t version, roles;
	bool media, profile;

	version = seal_get_u8(&r);
	roles = seal_get_u8(&r);
	hello.can_attest = roles & SEAL_HELLO_CAN_ATTEST;
	hello.wants_peer = roles & SEAL_HELLO_WANTS_PEER;
	hello.modes = seal_get_u8(&r);
	hello.consumer = seal_get_u8(&r);
	hello.uid = seal_get_u32(&r);
	profile = get_profile(&r, &hello);
	media = get_media_types(&r, &hello);
	hello.verifier_ids = seal_get_vec16(&r, 0, SEAL_HELLO_MAX);
	seal_get_copy(&r, hello.random, sizeof(hello.random));

	if (!seal_reader_done(&r) || !media || !profile || version != SEAL_VERSION)
		return false;
	if (roles & ~ROLE_BITS || !legal(&hello))
		return false;
	*hello_ret = hello;
	return true;
}

bool seal_hello_lists(const struct seal_hello *hello, struct seal_bytes type)
{
	for (size_t i = 0; i < hello->media_count; i++)
		if (seal_bytes_equal(hello->media_types[i], type))
			return true;
	return false;
}
