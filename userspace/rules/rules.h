/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may ask the kernel for a handshake: the rules of /etc/seal/rules, see
 * seal-rules(5). Text to structures and back; no netlink.
 */
#ifndef SEAL_RULES_H
#define SEAL_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULES_PATH		"/etc/seal/rules"
#define RULES_MAX		256u		/* as the kernel */
#define RULES_FILE_MAX		65536u		/* octets */
#define RULES_LINE_MAX		1023u		/* octets without the newline */
#define RULE_TEXT_MAX		256u		/* a rule as text, with its end */
#define RULE_UID_MAX		(UINT32_MAX - 1)
#define RULE_PENDING_MAX	1024u
#define RULE_PENDING_DEFAULT	8u

/** enum rule_has - which conditions a rule has */
enum rule_has {
	RULE_USER	= 1 << 0,
	RULE_GROUP	= 1 << 1,
	RULE_CGROUP	= 1 << 2,
	RULE_ROLE	= 1 << 3,
	RULE_PEER	= 1 << 4,
	RULE_PORT	= 1 << 5,
	RULE_PENDING	= 1 << 6,	/* no condition: how many at once */
};

/**
 * struct rule - conditions that must all hold; the members of those not in @has
 * are 0
 * @has: enum rule_has
 * @uid_min: first of a range of effective uids, as the first user namespace has them
 * @uid_max: last
 * @gid: a group of the caller
 * @role: enum seal_role
 * @cgroup: id of a cgroup that the caller is in, or below
 * @address: of the peer, network order
 * @address_len: 4 or 16
 * @prefix_len: bits of @address that count
 * @port_min: first of a range of ports of the server
 * @port_max: last
 * @pending: how many requests of one user may be under way
 */
struct rule {
	unsigned int has;
	uint32_t uid_min;
	uint32_t uid_max;
	uint32_t gid;
	uint32_t role;
	uint64_t cgroup;
	uint8_t address[16];
	unsigned int address_len;
	uint32_t prefix_len;
	uint32_t port_min;
	uint32_t port_max;
	uint32_t pending;
};

/** struct rules - in the order of the file: the first that matches decides */
struct rules {
	size_t count;
	struct rule rule[RULES_MAX];
};

/**
 * struct rules_error - the first mistake
 * @line: 0 if it is about the whole file
 * @number: errno if the file cannot be read, else 0
 */
struct rules_error {
	unsigned int line;
	int number;
	char text[160];
};

/**
 * struct rules_names - what names stand for
 * @user: uid of a login name
 * @group: gid of a group
 * @cgroup: id of a cgroup, by its path below the root of the hierarchy
 *
 * Each returns false if there is none.
 */
struct rules_names {
	bool (*user)(const char *name, uint32_t *uid_ret);
	bool (*group)(const char *name, uint32_t *gid_ret);
	bool (*cgroup)(const char *path, uint64_t *id_ret);
};

/** rules_names_system - those of this host */
extern const struct rules_names rules_names_system;

/**
 * rules_parse - the text of a file
 *
 * False, with @error filled, for anything that is not exactly a rule, a comment
 * or an empty line; @rules_ret is of no use then. No I/O but through @names.
 */
bool rules_parse(struct rules *rules_ret, const char *text, size_t len,
		 const struct rules_names *names, struct rules_error *error);

/**
 * rules_load - rules_parse() a file, with the names of this host
 * @optional: one that is not there has no rules, and only who has CAP_NET_ADMIN may ask
 *
 * What else cannot be read is an error.
 */
bool rules_load(struct rules *rules_ret, const char *path, bool optional,
		struct rules_error *error);

/** rule_format - a line that rules_parse() reads back as the same rule; returns @out */
char *rule_format(const struct rule *rule, char out[RULE_TEXT_MAX]);

/** rule_peer - "10.0.0.0/8", or "" without RULE_PEER; returns @out */
char *rule_peer(const struct rule *rule, char out[64]);

/** rule_role - "client" or "server", or "" without RULE_ROLE */
const char *rule_role(const struct rule *rule);

#endif /* SEAL_RULES_H */
