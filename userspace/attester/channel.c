// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "attester/channel.h"
#include "wire/hello.h"

/* The whole protocol. What is not here is zero, and zero is refused. */
static const struct step {
	bool legal;
	enum att_state next;
} steps[ATT_STATE_COUNT][ATT_TYPE_COUNT] = {
	[ATT_STATE_OPEN][ATT_IDENTITY] = { true, ATT_STATE_KNOWN },
	[ATT_STATE_KNOWN][ATT_SIGN_TLS] = { true, ATT_STATE_SIGNED },
	[ATT_STATE_KNOWN][ATT_BIND] = { true, ATT_STATE_BOUND },
	[ATT_STATE_SIGNED][ATT_BIND] = { true, ATT_STATE_BOUND },
	[ATT_STATE_BOUND][ATT_CLAIM] = { true, ATT_STATE_CLAIMED },
	[ATT_STATE_CLAIMED][ATT_SIGN_EA] = { true, ATT_STATE_PROVEN },
	[ATT_STATE_PROVEN][ATT_LOG] = { true, ATT_STATE_PROVEN },
};

enum att_state att_next(enum att_state state, uint32_t type, bool *legal)
{
	*legal = false;
	if (state >= ATT_STATE_COUNT || type >= ATT_TYPE_COUNT)
		return ATT_STATE_CLOSED;
	*legal = steps[state][type].legal;
	return steps[state][type].next;
}

static bool is_zero(const uint8_t *data, size_t len)
{
	uint8_t sum = 0;

	while (len--)
		sum |= *data++;
	return !sum;
}

bool att_channel_open(struct att_channel *ch, const void *message, size_t len)
{
	struct att_open open;

	memset(ch, 0, sizeof(*ch));
	if (len != sizeof(open))
		return false;
	memcpy(&open, message, sizeof(open));
	if (open.type != ATT_OPEN || open.version != ATT_PROTO_VERSION ||
	    open.tls_certificate > 1 ||
	    (open.role != SEAL_SIDE_CLIENT && open.role != SEAL_SIDE_SERVER) ||
	    open.consumer >= SEAL_CLASS_COUNT ||
	    (open.uid && open.consumer != SEAL_CLASS_USER) ||
	    !open.certificate != !open.privkey)
		return false;
	ch->handshake = open.handshake;
	ch->deadline = open.deadline;
	ch->self = (struct seal_claims){
		.consumer = open.consumer, .uid = open.uid, .side = open.role };
	ch->tls_certificate = open.tls_certificate;
	ch->state = ATT_STATE_OPEN;
	return true;
}

static bool take_identity(struct att_channel *ch, const struct att_self *self, const void *message)
{
	const struct att_request *req = message;

	return !req->reserved;
}

static bool take_hash(const struct att_sign *req, size_t len)
{
	return req->hash_len == len && is_zero(req->hash + len, sizeof(req->hash) - len);
}

/* Any 32 octets may be the hash: none are signed where TLS needs no signature of ours. */
static bool take_sign_tls(struct att_channel *ch, const struct att_self *self, const void *message)
{
	const struct att_sign *req = message;

	if (!ch->tls_certificate || !self->hash_len || !take_hash(req, self->hash_len))
		return false;
	memcpy(ch->digest, req->hash, self->hash_len);
	return true;
}

static bool can_show(const struct att_self *self, uint16_t mode)
{
	return mode >= SEAL_MODE_EVIDENCE && mode <= SEAL_MODE_PLAIN &&
	       self->modes >> (mode - 1) & 1;
}

static bool profile_fits(uint16_t profile, uint16_t mode)
{
	return profile == SEAL_PROFILE_SEAL1 ||
	       (profile == SEAL_PROFILE_EXPAT && mode == SEAL_MODE_EVIDENCE);
}

/* A worker says that it showed our certificate exactly if we signed for it. */
static bool take_bind(struct att_channel *ch, const struct att_self *self, const void *message)
{
	const struct att_bind *req = message;
	struct seal_bind bind = {
		.attester = ch->self.side, .mode = req->mode, .exchange = req->exchange };

	if (!can_show(self, req->mode) || req->reserved2 || req->exchange ||
	    !profile_fits(req->profile, req->mode) ||
	    req->tls_certificate != (ch->state == ATT_STATE_SIGNED))
		return false;
	memcpy(bind.hello_hash, req->hello_hash, sizeof(bind.hello_hash));
	memcpy(bind.request_hash, req->request_hash, sizeof(bind.request_hash));
	memcpy(bind.attester_cert_hash, self->cert_hash, sizeof(bind.attester_cert_hash));
	memcpy(bind.rp_cert_hash, req->rp_cert_hash, sizeof(bind.rp_cert_hash));
	memcpy(bind.subject_key_hash, self->spki_hash, sizeof(bind.subject_key_hash));
	seal_bind_encode(&bind, ch->context);
	ch->mode = req->mode;
	ch->profile = req->profile;
	return true;
}

/* Which hash the suite has is the worker's word: with another one the quote is good for nobody. */
static bool take_binding(struct att_channel *ch, const struct att_self *self,
			 const struct att_claim *req)
{
	ch->binding_len = seal_expat_binding(req->suite_hash, self->cert, req->ekm, ch->binding);
	return ch->binding_len;
}

/* What a peer may ask for in good faith, and not get here. */
static bool take_selection(struct att_channel *ch, const struct att_self *self,
			   struct seal_bytes select)
{
	if (att_selection_decode(select, &ch->selection) &&
	    att_selections_allow(&self->pcrs, &ch->selection))
		return true;
	ch->refusal = ATT_SELECTION;
	return false;
}

static bool take_claim(struct att_channel *ch, const struct att_self *self, const void *message)
{
	const struct att_claim *req = message;
	const struct seal_bytes select = { req->pcr_select, req->pcr_select_len };

	if (req->reserved || req->pcr_select_len > sizeof(req->pcr_select) ||
	    !is_zero(req->pcr_select + select.len, sizeof(req->pcr_select) - select.len) ||
	    !take_selection(ch, self, select))
		return false;
	/* A failed exporter must never become a claim that anyone can make. */
	if (is_zero(req->ekm, sizeof(req->ekm)))
		return false;
	ch->claims_len = seal_claims_encode(&ch->self, ch->claims, sizeof(ch->claims));
	if (ch->profile == SEAL_PROFILE_EXPAT)
		return ch->claims_len && take_binding(ch, self, req);
	return ch->claims_len && !req->suite_hash &&
	       seal_binder(ch->context, req->ekm, ch->binder) &&
	       seal_claim(ch->binder, self->tik_name,
			  (struct seal_bytes){ ch->claims, ch->claims_len }, ch->claim);
}

/* RFC 9261 5.2.2: what CertificateVerify of an authenticator signs. */
static bool take_sign_ea(struct att_channel *ch, const struct att_self *self, const void *message)
{
	static const uint8_t context[] = "Exported Authenticator";	/* with its zero */
	const struct att_sign *req = message;
	uint8_t spaces[64];
	const struct seal_bytes parts[] = {
		{ spaces, sizeof(spaces) },
		{ context, sizeof(context) },
		{ req->hash, req->hash_len },
	};

	if ((req->hash_len != 32 && req->hash_len != 48) || !take_hash(req, req->hash_len))
		return false;
	memset(spaces, ' ', sizeof(spaces));
	return seal_hash_parts(self->hash_len == 48 ? SEAL_HASH_SHA384 : SEAL_HASH_SHA256,
			       parts, 3, ch->digest);
}

/* As much as one connection may carry, asked for or not had. */
static bool take_log(struct att_channel *ch, const struct att_self *self, const void *message)
{
	const struct att_log *req = message;

	if (req->reserved || req->log == SEAL_LOG_NONE || req->log >= SEAL_LOG_COUNT ||
	    !req->max || req->max > ATT_MAX_LOG)
		return false;
	ch->log = (struct seal_log_ask){ .log = req->log, .from = req->from, .max = req->max };
	ch->log_pieces++;
	ch->log_octets += req->max;
	return ch->log_pieces <= SEAL_LOG_FRAMES_MAX &&
	       ch->log_octets <= SEAL_LOG_BYTES_MAX + ATT_MAX_LOG;
}

static const struct message {
	size_t size;
	bool (*take)(struct att_channel *ch, const struct att_self *self, const void *message);
} messages[ATT_TYPE_COUNT] = {
	[ATT_IDENTITY] = { sizeof(struct att_request), take_identity },
	[ATT_SIGN_TLS] = { sizeof(struct att_sign), take_sign_tls },
	[ATT_BIND] = { sizeof(struct att_bind), take_bind },
	[ATT_CLAIM] = { sizeof(struct att_claim), take_claim },
	[ATT_SIGN_EA] = { sizeof(struct att_sign), take_sign_ea },
	[ATT_LOG] = { sizeof(struct att_log), take_log },
};

enum att_type att_channel_receive(struct att_channel *ch, const struct att_self *self,
				  const void *message, size_t len)
{
	/* Aligned, and long enough for the longest of them. */
	union {
		uint32_t type;
		struct att_sign sign;
		struct att_bind bind;
		struct att_claim claim;
		struct att_log log;
	} m = { 0 };
	bool legal = false;

	if (len >= sizeof(m.type) && len <= sizeof(m)) {
		memcpy(&m, message, len);
		att_next(ch->state, m.type, &legal);
	}
	if (!legal || len != messages[m.type].size || !messages[m.type].take(ch, self, &m)) {
		ch->state = ATT_STATE_CLOSED;
		return ATT_NONE;
	}
	return m.type;
}

void att_channel_answered(struct att_channel *ch, enum att_type type)
{
	bool legal;

	ch->state = att_next(ch->state, type, &legal);
}
