// SPDX-License-Identifier: GPL-2.0-only
/* Attach: data, status, and the side doors that stay shut. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent.h"
#include "kselftest_harness.h"
#include "lib.h"

#define RECORD_HANDSHAKE	22

FIXTURE(attach)
{
	struct nl nl;
	int fd[2];
	uint64_t id[2];
};

FIXTURE_VARIANT(attach)
{
	enum family family;
};

FIXTURE_VARIANT_ADD(attach, v4) { .family = V4 };
FIXTURE_VARIANT_ADD(attach, v6) { .family = V6 };
FIXTURE_VARIANT_ADD(attach, mapped) { .family = MAPPED };

FIXTURE_SETUP(attach)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
	ASSERT_EQ(0, pair_open(variant->family, self->fd));
	ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
}

FIXTURE_TEARDOWN(attach)
{
	pair_close(self->fd);
	nl_close(&self->nl);
}

static int transfer(int from, int to, size_t len)
{
	static char out[1 << 16], in[1 << 16];
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = i * 7;
	if (send(from, out, len, 0) != (ssize_t)len)
		return -1;
	if (recv(to, in, len, MSG_WAITALL) != (ssize_t)len)
		return -2;
	return memcmp(in, out, len) ? -3 : 0;
}

TEST_F(attach, moves_data)
{
	EXPECT_EQ(0, transfer(self->fd[0], self->fd[1], 1));
	EXPECT_EQ(0, transfer(self->fd[1], self->fd[0], 64));
	EXPECT_EQ(0, transfer(self->fd[0], self->fd[1], 16384));
	EXPECT_EQ(0, transfer(self->fd[1], self->fd[0], 65536));
	EXPECT_EQ(2, stat_counter("SealAttached"));
	EXPECT_EQ(2, stat_counter("SealCurrAttested"));
}

TEST_F(attach, end_of_stream)
{
	char c;

	EXPECT_EQ(0, transfer(self->fd[0], self->fd[1], 64));
	EXPECT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_EQ(0, recv(self->fd[1], &c, 1, 0));
}

TEST_F(attach, status)
{
	struct seal_status st;
	socklen_t len = 8;

	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(sizeof(st), st.size);
	EXPECT_EQ(SEAL_STATE_ATTESTED, st.state);
	EXPECT_EQ(SEAL_CONSUMER_USER, st.consumer);
	EXPECT_EQ(self->id[0], st.id);
	EXPECT_LT(boottime(), st.deadline);
	EXPECT_EQ(1, st.authenticated);
	EXPECT_EQ(0, st.error);
	EXPECT_EQ(0, st.uid);
	EXPECT_EQ(0, memcmp(st.connection_id, "0123456789abcdef", 16));
	EXPECT_EQ(15, st.ak_name_len);
	EXPECT_EQ(6, st.pcr_digest_len);
	EXPECT_EQ(0, memcmp(st.pcr_digest, "digest", 6));
	EXPECT_EQ(0, st.pcr_digest[6]);
	EXPECT_EQ(0, st.__reserved[0] | st.__reserved[1]);
	EXPECT_STREQ("dns:second", st.peer);
	EXPECT_STREQ("test", st.policy);
	EXPECT_STREQ("key=tpm clock=safe", st.claims);
	EXPECT_STREQ("", st.reason);

	memset(&st, 0xff, sizeof(st));
	EXPECT_EQ(0, getsockopt(self->fd[0], IPPROTO_IP, SEAL_SO_STATUS, &st, &len));
	EXPECT_EQ(8, len);
	EXPECT_EQ(SEAL_STATE_ATTESTED, st.state);
	EXPECT_EQ(~0ull, st.id);
	len = 7;
	EXPECT_EQ(-1, getsockopt(self->fd[0], IPPROTO_IP, SEAL_SO_STATUS, &st, &len));
	EXPECT_EQ(EINVAL, errno);
}

static int dump(struct nl *nl)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_GET);
	msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	return nl_call(nl, &msg);
}

TEST_F(attach, get_and_dump)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_GET);
	msg_u64(&msg, SEAL_A_SOCKET_ID, self->id[1]);
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_EQ(SEAL_STATE_ATTESTED, nl_u32(&self->nl, SEAL_A_SOCKET_STATE, 99));
	EXPECT_STREQ("dns:first", nl_str(&self->nl, SEAL_A_SOCKET_PEER));
	EXPECT_NE(0, nl_u64(&self->nl, SEAL_A_SOCKET_COOKIE));
	EXPECT_NE(NULL, strchr(nl_str(&self->nl, SEAL_A_SOCKET_REMOTE), ':'));

	msg_init(&msg, SEAL_CMD_GET);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, self->fd[0]);
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_EQ(self->id[0], nl_u64(&self->nl, SEAL_A_SOCKET_ID));

	/* The last one of the dump is what stays in the buffer. */
	ASSERT_EQ(0, dump(&self->nl));
	EXPECT_EQ(2, self->nl.replies);
	EXPECT_EQ(self->id[1], nl_u64(&self->nl, SEAL_A_SOCKET_ID));
}

TEST_F(attach, fdinfo)
{
	char path[64], text[1024] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd[0]);
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_LT(0, read(fd, text, sizeof(text) - 1));
	close(fd);
	EXPECT_NE(NULL, strstr(text, "seal-state:\tattested\n"));
}

TEST_F(attach, rekey_is_refused)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(9);
	int one = 1;

	EXPECT_EQ(-1, setsockopt(self->fd[0], SOL_TLS, TLS_TX, &key, sizeof(key)));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, setsockopt(self->fd[0], SOL_TLS, TLS_RX, &key, sizeof(key)));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, setsockopt(self->fd[0], IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one)));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(0, transfer(self->fd[0], self->fd[1], 64));
}

/* As who has changed his keys says it; and what comes in of a type that no data has. */
static ssize_t key_update(int fd, bool send)
{
	static const char words[] = { 24, 0, 0, 1, 0 };
	union {
		struct cmsghdr hdr;
		char space[CMSG_SPACE(1)];
	} control = {
		.hdr.cmsg_level = SOL_TLS,
		.hdr.cmsg_type = TLS_SET_RECORD_TYPE,
		.hdr.cmsg_len = CMSG_LEN(1),
	};
	char buf[sizeof(words)];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len;

	memcpy(buf, words, sizeof(words));
	*CMSG_DATA(&control.hdr) = send ? RECORD_HANDSHAKE : 0;
	if (send)
		return sendmsg(fd, &msg, 0);
	len = recvmsg(fd, &msg, 0);
	return *CMSG_DATA(&control.hdr) == RECORD_HANDSHAKE ? len : -EPROTO;
}

/* kTLS reads no further then, since 6.14; before, it decrypts with the key it has. */
static bool reads_on(void)
{
	int major = 0, minor = 0;
	struct utsname uts;

	uname(&uts);
	sscanf(uts.release, "%d.%d", &major, &minor);
	return major < 6 || (major == 6 && minor < 14);
}

/* He may say so, and gets no more out of us than the end of what we read. */
TEST_F(attach, a_peer_changes_its_keys)
{
	int error = reads_on() ? EAGAIN : EKEYEXPIRED, fd = self->fd[0];

	ASSERT_EQ(5, key_update(self->fd[1], true));
	EXPECT_EQ(0, transfer(fd, self->fd[1], 64));
	EXPECT_EQ(5, key_update(fd, false));
	EXPECT_EQ(-1, do_recv(fd, MSG_DONTWAIT));
	EXPECT_EQ(error, errno);
	EXPECT_EQ(-1, do_recv(fd, MSG_DONTWAIT | MSG_PEEK));
	EXPECT_EQ(error, errno);
	EXPECT_EQ(-1, do_splice(fd, SPLICE_F_NONBLOCK));
	EXPECT_EQ(error, errno);
	/* The other direction has its own key. */
	EXPECT_EQ(0, transfer(fd, self->fd[1], 64));
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));
	EXPECT_EQ(-1, do_recv(fd, 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, do_send(fd, 0));
	EXPECT_EQ(EKEYREJECTED, errno);
}

TEST_F(attach, key_export_is_refused)
{
	struct tls12_crypto_info_aes_gcm_128 key = {};
	int names[2] = { TLS_TX, TLS_RX };
	socklen_t len;
	int i;

	for (i = 0; i < 2; i++) {
		len = sizeof(key);
		EXPECT_EQ(-1, getsockopt(self->fd[0], SOL_TLS, names[i], &key, &len));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(0, key.info.version);
		len = sizeof(key.info);
		EXPECT_EQ(0, getsockopt(self->fd[0], SOL_TLS, names[i], &key, &len));
		EXPECT_EQ(TLS_1_3_VERSION, key.info.version);
		EXPECT_EQ(TLS_CIPHER_AES_GCM_128, key.info.cipher_type);
		EXPECT_EQ(0, key.key[0]);
		memset(&key, 0, sizeof(key));
	}
}

TEST_F(attach, ciphertext_is_refused)
{
	char zc[64] = {};
	socklen_t len = sizeof(zc);

	EXPECT_EQ(-1, getsockopt(self->fd[0], IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, zc, &len));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd[0], 0));
	EXPECT_EQ(EOPNOTSUPP, errno);
}

/* The tables of kTLS are global: none of ours may have got in there. */
TEST_F(attach, other_ktls_sockets_are_untouched)
{
	struct tls12_crypto_info_aes_gcm_128 key;
	socklen_t len = sizeof(key);
	struct seal_status st;
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, pair_plain_tls(fd));
	EXPECT_EQ(0, transfer(fd[0], fd[1], 16384));
	EXPECT_EQ(0, getsockopt(fd[0], SOL_TLS, TLS_TX, &key, &len));
	EXPECT_EQ(1, key.key[0]);
	EXPECT_EQ(0, status_get(fd[0], &st));
	EXPECT_EQ(SEAL_STATE_NONE, st.state);
	EXPECT_EQ(0, st.id);
	pair_close(fd);
}

TEST_F(attach, not_twice)
{
	EXPECT_EQ(-EEXIST, attach(&self->nl, self->fd[0], true, boottime() + SEC, NULL));
	EXPECT_NE(0, self->nl.extack[0]);
	EXPECT_EQ(0, transfer(self->fd[0], self->fd[1], 64));
}

#define MANY	100

/* More than a buffer of the reader holds; of this namespace, each once. */
TEST(dump_of_many)
{
	struct nl nl, other;
	int fd[MANY][2], i;
	uint64_t last = 0;

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(0, pair_open(V4, fd[i]));
		ASSERT_EQ(0, attach(&nl, fd[i][0], true, boottime() + 100 * SEC, &last));
	}
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&other, "seal", NULL));
	ASSERT_EQ(0, dump(&other));
	EXPECT_EQ(0, other.replies);
	ASSERT_EQ(0, dump(&nl));
	EXPECT_EQ(MANY, nl.replies);
	EXPECT_EQ(last, nl_u64(&nl, SEAL_A_SOCKET_ID));
	for (i = 0; i < MANY; i++)
		pair_close(fd[i]);
	nl_close(&other);
	nl_close(&nl);
}

TEST(refused_sockets)
{
	uint64_t deadline;
	struct nl nl;
	int fd[2], other;

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	deadline = boottime() + 100 * SEC;

	other = socket(AF_INET, SOCK_DGRAM, 0);
	EXPECT_EQ(-EPROTONOSUPPORT, attach(&nl, other, true, deadline, NULL));
	close(other);
	other = socket(AF_UNIX, SOCK_STREAM, 0);
	EXPECT_EQ(-EPROTONOSUPPORT, attach(&nl, other, true, deadline, NULL));
	close(other);
	other = socket(AF_INET, SOCK_STREAM, 0);
	EXPECT_EQ(-ENOTCONN, attach(&nl, other, true, deadline, NULL));
	close(other);
	other = open("/dev/null", O_RDONLY);
	EXPECT_EQ(-ENOTSOCK, attach(&nl, other, true, deadline, NULL));
	close(other);
	EXPECT_EQ(-EBADF, attach(&nl, 1000, true, deadline, NULL));
	EXPECT_NE(0, nl.extack[0]);

	ASSERT_EQ(0, pair_open(V4, fd));
	EXPECT_EQ(-ETIME, attach(&nl, fd[0], true, boottime() - 1, NULL));
	EXPECT_EQ(4, send(fd[0], "text", 4, 0));
	pair_close(fd);
}

TEST(foreign_namespace)
{
	struct nl nl;
	int fd[2];

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, pair_open(V4, fd));
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	EXPECT_EQ(-EXDEV, attach(&nl, fd[0], true, boottime() + SEC, NULL));
	EXPECT_NE(0, nl.extack[0]);
	EXPECT_EQ(4, send(fd[0], "text", 4, 0));
	pair_close(fd);
}

/* All or nothing: keys that were there before are not those of the verdict. */
TEST(foreign_keys_abort)
{
	struct seal_status st;
	struct nl nl;
	int fd[2];

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, fd));
	ASSERT_EQ(0, pair_plain_tls(fd));
	EXPECT_EQ(-EBUSY, attach(&nl, fd[0], true, boottime() + SEC, NULL));
	EXPECT_NE(0, nl.extack[0]);
	EXPECT_EQ(-1, do_send(fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, do_recv(fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(0, status_get(fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
	EXPECT_EQ(EKEYREJECTED, st.error);
	EXPECT_EQ(1, stat_counter("SealAttachFailed"));
	pair_close(fd);
}

/* kTLS has given up with what came before the keys: nothing would ever be read. */
TEST(no_record_aborts)
{
	struct seal_status st;
	struct nl nl;
	int fd[2];

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, fd));
	ASSERT_EQ(15, send(fd[1], "no record at all", 15, 0));
	EXPECT_EQ(-EBADMSG, attach(&nl, fd[0], true, boottime() + SEC, NULL));
	EXPECT_STREQ("what was received is no TLS record", nl.extack);
	EXPECT_EQ(-1, do_recv(fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(0, status_get(fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
	pair_close(fd);
}

/* Each of the record ciphers that agents offer. */
FIXTURE(cipher)
{
	struct nl nl;
	int fd[2];
};

FIXTURE_VARIANT(cipher)
{
	__u16 type;
	size_t len;
};

#define CIPHER(name, of, bytes) \
	FIXTURE_VARIANT_ADD(cipher, name) { .type = (of), .len = sizeof(struct bytes) }

CIPHER(aes_128_gcm, TLS_CIPHER_AES_GCM_128, tls12_crypto_info_aes_gcm_128);
CIPHER(aes_256_gcm, TLS_CIPHER_AES_GCM_256, tls12_crypto_info_aes_gcm_256);
CIPHER(aes_128_ccm, TLS_CIPHER_AES_CCM_128, tls12_crypto_info_aes_ccm_128);
CIPHER(chacha20_poly1305, TLS_CIPHER_CHACHA20_POLY1305,
       tls12_crypto_info_chacha20_poly1305);

FIXTURE_SETUP(cipher)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, self->fd));
}

FIXTURE_TEARDOWN(cipher)
{
	pair_close(self->fd);
	nl_close(&self->nl);
}

/* One key for both directions, which no socket of a program would have. */
static void cipher_msg(struct msg *msg, int fd, __u16 type, size_t len)
{
	struct tls_crypto_info info = { TLS_1_3_VERSION, type };
	uint8_t key[64] = {};
	int i;

	memset(key, 7, len);
	memcpy(key, &info, sizeof(info));
	attach_msg(msg, fd, true, boottime() + 100 * SEC);
	/* Its keys are the last attributes. */
	msg->hdr.nlmsg_len -= 2 * (NLA_HDRLEN + sizeof(struct tls12_crypto_info_aes_gcm_128));
	for (i = 0; i < 2; i++)
		msg_put(msg, i ? SEAL_A_SOCKET_RX_INFO : SEAL_A_SOCKET_TX_INFO, key, len);
}

TEST_F(cipher, attaches)
{
	struct tls_crypto_info told;
	socklen_t len = sizeof(told);
	struct msg msg;
	int i;

	for (i = 0; i < 2; i++) {
		cipher_msg(&msg, self->fd[i], variant->type, variant->len);
		EXPECT_EQ(0, nl_call(&self->nl, &msg)) TH_LOG("%s", self->nl.extack);
	}
	EXPECT_EQ(0, transfer(self->fd[0], self->fd[1], 3000));
	EXPECT_EQ(0, transfer(self->fd[1], self->fd[0], 3000));
	EXPECT_EQ(0, getsockopt(self->fd[0], SOL_TLS, TLS_TX, &told, &len));
	EXPECT_EQ(variant->type, told.cipher_type);
}

/* The second key fails after the first was installed. */
TEST(half_an_attach_aborts)
{
	struct tls12_crypto_info_aes_gcm_128 rx = key_make(1);
	struct msg msg;
	struct nl nl;
	int fd[2];

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, fd));
	attach_msg(&msg, fd[0], true, boottime() + SEC);
	/* The key for receiving is the last attribute: give it another cipher. */
	rx.info.cipher_type = TLS_CIPHER_CHACHA20_POLY1305;
	memcpy((char *)&msg + msg.hdr.nlmsg_len - sizeof(rx), &rx, sizeof(rx));
	EXPECT_EQ(-EINVAL, nl_call(&nl, &msg));
	EXPECT_STREQ("kTLS refused the receiving key", nl.extack);
	EXPECT_EQ(-1, do_send(fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, do_recv(fd[1], 0));
	EXPECT_EQ(ECONNRESET, errno);
	pair_close(fd);
}

/*
 * Who waits for TCP below would be given what kTLS has not checked. The error of a
 * socket is told once: of several nobody may take it for the end of the stream.
 */
TEST(callers_inside_abort)
{
	struct call reader[4];
	struct nl nl;
	int fd[2], i;

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, fd));
	for (i = 0; i < 4; i++)
		call_start(&reader[i], do_recv, fd[0], 0);
	msleep(200);
	EXPECT_EQ(-EBUSY, attach(&nl, fd[0], true, boottime() + 100 * SEC, NULL));
	EXPECT_STREQ("a call from before the handshake is still inside", nl.extack);
	for (i = 0; i < 4; i++) {
		ASSERT_TRUE(call_end(&reader[i], 10000));
		EXPECT_EQ(-EKEYREJECTED, reader[i].result);
	}
	EXPECT_EQ(-1, do_send(fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	pair_close(fd);
	nl_close(&nl);
}

/* Its queue is full: it would take for refused what is open. */
TEST(who_cannot_be_told_has_attached_nothing)
{
	struct seal_status st;
	struct nl deaf, other;
	int i, fd[2], size = 1;
	struct msg msg;

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&deaf, "seal", "status"));
	ASSERT_EQ(0, nl_subscribe(&deaf));
	ASSERT_EQ(0, setsockopt(deaf.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	ASSERT_EQ(0, nl_open(&other, "seal", NULL));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, pair_open(V4, fd));
		ASSERT_EQ(0, attach(&other, fd[0], true, boottime() + 100 * SEC, NULL));
		pair_close(fd);
	}
	ASSERT_EQ(0, pair_open(V4, fd));
	attach_msg(&msg, fd[0], true, boottime() + 100 * SEC);
	ASSERT_EQ(0, nl_ask(&deaf, &msg));
	ASSERT_EQ(0, status_get(fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
	EXPECT_STREQ("the agent could not be told", st.reason);
	EXPECT_EQ(-1, do_send(fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	pair_close(fd);
	nl_close(&other);
	nl_close(&deaf);
}

FIXTURE(asked)
{
	struct nl nl;
	int slow[2];
	int other[2];
};

FIXTURE_SETUP(asked)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
}

FIXTURE_TEARDOWN(asked)
{
	nl_close(&self->nl);
}

/* More than there is room for is sent, and to be waited for. */
static int linger(const int fd[2])
{
	struct linger arg = { .l_onoff = 1, .l_linger = 100 };

	if (setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &arg, sizeof(arg)))
		return -errno;
	while (do_send(fd[0], MSG_DONTWAIT) > 0)
		;
	return 0;
}

/* A record that kTLS could not get rid of in time, with time without end for the next try. */
static int leave_half(const int fd[2])
{
	struct timeval soon = { .tv_usec = 20000 }, never = {};
	static const char record[1 << 14];

	if (setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)))
		return -errno;
	while (send(fd[0], record, sizeof(record), MSG_NOSIGNAL) > 0)
		;
	if (errno != EAGAIN ||
	    setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &never, sizeof(never)))
		return -errno;
	return 0;
}

/* A few times there is room again, so that the worker of kTLS tries it, and stays in there. */
static int leave_half_to_worker(const int fd[2])
{
	static char buf[1 << 20];
	int i, err = leave_half(fd);

	for (i = 0; !err && i < 4; i++) {
		if (recv(fd[1], buf, sizeof(buf), MSG_DONTWAIT) < 0 && errno != EAGAIN)
			err = -errno;
		msleep(50);
	}
	return err;
}

/* Segments are small, since the window is, and a record has more than there is room for. */
static int pair_narrow(int fd[2])
{
	int listener = listener_open(V4), least = 1, err;

	err = setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)) ? -errno : 0;
	err = err ?: pair_from(listener, fd);
	close(listener);
	if (!err && setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)))
		err = -errno;
	return err;
}

/* Closed right after the answer, when the request still has it: the last to close is the kernel. */
static int asked_and_closed(struct nl *nl, int fd[2], int (*leave)(const int fd[2]))
{
	struct agent agent;
	int err;

	if (agent_hold_start(&agent))
		return -ECHILD;
	err = pair_narrow(fd) ?: agent_ask_held(fd[0], 0, 1) ?:
	      attach(nl, fd[0], true, boottime() + 100 * SEC, NULL);
	if (!err && leave)
		err = leave(fd);
	close(fd[0]);
	agent_hold_done(&agent);
	return err;
}

/* All files that the kernel closes so are closed one after the other. */
static bool other_is_closed(FIXTURE_DATA(asked) *self, int (*leave)(const int fd[2]))
{
	bool closed;

	if (asked_and_closed(&self->nl, self->slow, leave))
		return false;
	msleep(2000);
	if (asked_and_closed(&self->nl, self->other, NULL))
		return false;
	closed = do_poll(self->other[1], POLLRDHUP);
	close(self->slow[1]);
	close(self->other[1]);
	return closed;
}

TEST_F_TIMEOUT(asked, who_lingers_holds_up_no_other_close, 60)
{
	EXPECT_TRUE(other_is_closed(self, linger));
}

TEST_F_TIMEOUT(asked, whose_record_is_left_holds_up_no_other_close, 60)
{
	EXPECT_TRUE(other_is_closed(self, leave_half));
}

TEST_F_TIMEOUT(asked, whose_worker_sends_holds_up_no_other_close, 60)
{
	EXPECT_TRUE(other_is_closed(self, leave_half_to_worker));
}

TEST_HARNESS_MAIN
