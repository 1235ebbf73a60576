// SPDX-License-Identifier: GPL-2.0-or-later

#include "handover.h"

#include <errno.h>

#include "ktls.h"

static struct seal_attach attach_of(const struct monitor *m, const struct handshake *hs)
{
	const struct ipc_verdict *v = &hs->verdict;

	return (struct seal_attach){
		.fd = hs->req.fd,
		.agent = genl_seal_port(m->seal),
		.counted = hs->claimed.counted,
		.revokes = hs->claimed.revokes,
		.deadline = v->deadline,
		.authenticated = v->authenticated && hs->keys.certificate,
		.peer = v->peer,
		.policy = v->policy,
		.claims = v->claims,
		.ak_name = v->ak_name,
		.ak_name_len = v->ak_name_len,
		.pcr_digest = v->pcr_digest,
		.pcr_digest_len = v->pcr_digest_len,
		.connection_id = hs->keys.connection_id,
		.tx = hs->keys.tx,
		.tx_len = hs->keys.tx_len,
		.rx = hs->keys.rx,
		.rx_len = hs->keys.rx_len,
	};
}

bool handover_room(const struct monitor *m, const struct handshake *hs)
{
	const uint32_t uid = hs->claimed.uid;
	unsigned int count = 0, his = 0;

	for (const struct handshake *other = m->all; other; other = other->next) {
		if (!other->attacher.child.pid)
			continue;
		count++;
		his += uid && other->claimed.uid == uid;
	}
	return !hs->claimed.user || (count < ATTACHING_MAX && his < ATTACHING_USER_MAX);
}

static int attach_in_process(struct handshake *hs, const struct seal_attach *attach)
{
	int err = attacher_start(&hs->attacher, attach);

	if (err)
		return err;
	hs->waits = true;
	return -EINPROGRESS;
}

/* What the kernel asks for nobody shares, and a mount is not to pay for a process. */
int handover_start(struct monitor *m, struct handshake *hs)
{
	struct seal_attach attach;

	if (!hs->verdict.attested)
		/* An application asked for an attested socket, not for any socket. */
		return hs->claimed.user ? -EACCES : ktls_install(hs->req.fd, &hs->keys);
	if (!m->seal)
		return -ENOENT;
	attach = attach_of(m, hs);
	if (hs->claimed.user)
		return attach_in_process(hs, &attach);
	return genl_seal_attach(m->seal, &attach, &hs->id);
}

int handover_end(struct handshake *hs)
{
	return attacher_end(&hs->attacher, &hs->id);
}
