// SPDX-License-Identifier: GPL-2.0-or-later
/* /etc/seal/rules: each condition, each mistake with its line, and back to text. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/seal_netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "lib/tap.h"
#include "rules/netlink.h"
#include "rules/rules.h"

static struct rules rules;
static struct rules_error error;

static bool one_user(const char *name, uint32_t *uid_ret)
{
	*uid_ret = 33;
	return !strcmp(name, "www-data");
}

static bool one_cgroup(const char *path, uint64_t *id_ret)
{
	*id_ret = 4711;
	return !strcmp(path, "/system.slice/web.service");
}

static const struct rules_names names = {
	.user	= one_user,
	.group	= one_user,
	.cgroup	= one_cgroup,
};

static bool parses(const char *text)
{
	return rules_parse(&rules, text, strlen(text), &names, &error);
}

/* One rule, and what it is in its plain form. */
static void means(const char *text, const char *plain)
{
	char out[RULE_TEXT_MAX] = "nothing";
	bool good = parses(text) && rules.count == 1;

	if (good)
		rule_format(&rules.rule[0], out);
	ok(good && !strcmp(out, plain), "%s", text);
	if (good && strcmp(out, plain))
		note("is %s", out);
	if (!good)
		note("%u: %s", error.line, error.text);
}

static void refused(const char *text, unsigned int line, const char *why)
{
	bool good = parses(text);

	ok(!good && error.line == line && !strcmp(error.text, why), "%s", why);
	if (!good && (error.line != line || strcmp(error.text, why)))
		note("%u: %s", error.line, error.text);
}

static void test_conditions(void)
{
	means("allow user=1000", "allow user=1000");
	means("allow user=1000-1999", "allow user=1000-1999");
	means("allow user=5-5", "allow user=5");
	means("allow user=0-4294967294", "allow user=0-4294967294");
	means("allow user=www-data", "allow user=33");
	means("allow group=100", "allow group=100");
	means("allow group=www-data", "allow group=33");
	means("allow cgroup=/system.slice/web.service", "allow cgroup=4711");
	means("allow cgroup=18446744073709551615", "allow cgroup=18446744073709551615");
	means("allow role=client", "allow role=client");
	means("allow role=server", "allow role=server");
	means("allow peer=192.0.2.1", "allow peer=192.0.2.1/32");
	means("allow peer=10.0.0.0/8", "allow peer=10.0.0.0/8");
	means("allow peer=0.0.0.0/0", "allow peer=0.0.0.0/0");
	means("allow peer=2001:db8::/33", "allow peer=2001:db8::/33");
	means("allow peer=::1", "allow peer=::1/128");
	means("allow port=0", "allow port=0");
	means("allow port=7000-65535", "allow port=7000-65535");
	means("allow port=1 pending=1024", "allow port=1 pending=1024");
	means("\tallow  pending=1\tport=2 peer=::/0 role=client cgroup=1 group=3 user=4 # all",
	      "allow user=4 group=3 cgroup=1 role=client peer=::/0 port=2 pending=1");
}

static void test_lines(void)
{
	ok(parses("") && !rules.count, "nobody: an empty file");
	ok(parses("# nobody\n\n \t\n") && !rules.count, "nobody: comments and blanks");
	ok(parses("#\nallow user=1\n\nallow user=2") && rules.count == 2 &&
	   rules.rule[1].uid_min == 2, "in their order, also without the last newline");
	ok(!rules.rule[0].has || !(rules.rule[0].has & ~RULE_USER), "no more than was said");
}

static void test_mistakes(void)
{
	refused("\n\ndeny user=1\n", 3, "does not begin with \"allow\"");
	refused("allow\n", 1, "says nobody: a rule needs one of user, group, cgroup, role, "
		"peer, port");
	refused("allow pending=3", 1, "says nobody: a rule needs one of user, group, cgroup, "
		"role, peer, port");
	refused("allow user", 1, "not KEY=VALUE: \"user\"");
	refused("allow user=", 1, "not KEY=VALUE: \"user=\"");
	refused("allow =1", 1, "unknown key \"\"");
	refused("allow uid=1", 1, "unknown key \"uid\"");
	refused("allow user=1 port=2 user=1", 1, "\"user\" given twice");
	refused("allow user=nobody-here", 1, "no user \"nobody-here\"");
	refused("allow user=2-1", 1, "nobody is in the range \"2-1\"");
	refused("allow user=4294967295", 1,
		"not a user, UID or UID-UID: \"4294967295\"");
	refused("allow user=1-2-3", 1, "not a user, UID or UID-UID: \"1-2-3\"");
	refused("allow user=1-", 1, "not a user, UID or UID-UID: \"1-\"");
	refused("allow user=-1", 1, "not a user, UID or UID-UID: \"-1\"");
	refused("allow group=wheel", 1, "no group \"wheel\"");
	refused("allow group=1-2", 1, "not a group or GID: \"1-2\"");
	refused("allow cgroup=/none", 1, "no cgroup \"/none\"");
	refused("allow cgroup=0", 1, "not the path or the id of a cgroup: \"0\"");
	refused("allow cgroup=18446744073709551616", 1,
		"not the path or the id of a cgroup: \"18446744073709551616\"");
	refused("allow cgroup=web.service", 1,
		"not the path or the id of a cgroup: \"web.service\"");
	refused("allow role=both", 1, "neither client nor server: \"both\"");
	refused("allow peer=example.org", 1, "not an address: \"example.org\"");
	refused("allow peer=10.0.0", 1, "not an address: \"10.0.0\"");
	refused("allow peer=10.0.0.0/33", 1, "not a length of a prefix: \"33\"");
	refused("allow peer=10.0.0.0/", 1, "not a length of a prefix: \"\"");
	refused("allow peer=10.0.0.1/8", 1,
		"the address has bits beyond its prefix: \"10.0.0.1/8\"");
	refused("allow peer=2001:db8::/28", 1,
		"the address has bits beyond its prefix: \"2001:db8::/28\"");
	refused("allow port=65536", 1, "not PORT or PORT-PORT: \"65536\"");
	refused("allow port=https", 1, "not PORT or PORT-PORT: \"https\"");
	refused("allow port=2-1", 1, "no port is in the range \"2-1\"");
	refused("allow port=1 pending=0", 1, "not a number from 1 to 1024: \"0\"");
	refused("allow port=1 pending=1025", 1, "not a number from 1 to 1024: \"1025\"");
	refused("allow user=1\nallow us\ter=1", 2, "not KEY=VALUE: \"us\"");
	refused("allow user=1\r\n", 1, "not plain text");
	refused("allow user=1 # \x80", 1, "not plain text");
}

static void test_sizes(void)
{
	char *text = malloc(RULES_FILE_MAX + 2);
	size_t i;

	must(text, "memory");
	memset(text, ' ', RULES_LINE_MAX + 1);
	memcpy(text, "allow user=1", 12);
	ok(rules_parse(&rules, text, RULES_LINE_MAX, &names, &error), "the longest line");
	ok(!rules_parse(&rules, text, RULES_LINE_MAX + 1, &names, &error) &&
	   error.line == 1, "%s", error.text);
	text[0] = '\0';
	for (i = 0; i <= RULES_MAX; i++)
		strcat(text, "allow user=1\n");
	ok(rules_parse(&rules, text, 13 * RULES_MAX, &names, &error) &&
	   rules.count == RULES_MAX, "as many as the kernel takes");
	ok(!rules_parse(&rules, text, 13 * (RULES_MAX + 1), &names, &error) &&
	   error.line == RULES_MAX + 1, "%s", error.text);
	memset(text, '\n', RULES_FILE_MAX + 1);
	ok(rules_parse(&rules, text, RULES_FILE_MAX, &names, &error), "the largest file");
	ok(!rules_parse(&rules, text, RULES_FILE_MAX + 1, &names, &error) && !error.line,
	   "%s", error.text);
	free(text);
}

static void test_file(void)
{
	char path[] = "/tmp/seal-rules.XXXXXX";
	int fd = mkstemp(path);

	must(fd >= 0 && write(fd, "allow user=root\nallow x\n", 24) == 24, path);
	ok(!rules_load(&rules, path, true, &error) && !error.number && error.line == 2 &&
	   rules.count == 2 && rules.rule[0].has == RULE_USER && !rules.rule[0].uid_max,
	   "a file, with the names of this host");
	must(!ftruncate(fd, 16), path);
	ok(rules_load(&rules, path, false, &error) && rules.count == 1, "mended");
	must(!unlink(path) && !close(fd), path);
	ok(rules_load(&rules, path, true, &error) && !rules.count, "no file: nobody");
	ok(!rules_load(&rules, path, false, &error) && error.number == ENOENT,
	   "one that must be there is not");
	ok(!rules_load(&rules, "/tmp", true, &error) && !error.line && error.number == EISDIR,
	   "a directory: %s", error.text);
	ok(!rules_names_system.cgroup("/no/such/group", &(uint64_t){ 0 }) &&
	   !rules_names_system.user("no such user", &(uint32_t){ 0 }) &&
	   !rules_names_system.group("no such group", &(uint32_t){ 0 }), "who is not there");
}

/* What goes to the kernel comes back the same: it says ranges and caps always. */
static void test_netlink(void)
{
	static const char text[] =
		"allow user=4 group=3 cgroup=7 role=server peer=10.0.0.0/8 port=2 pending=1\n"
		"allow user=0-4294967294 port=5 pending=9\n"
		"allow port=0-65535 peer=::1\n";
	char a[RULE_TEXT_MAX], b[RULE_TEXT_MAX];
	struct nl_msg *msg;
	struct nlattr *attr;
	struct rule back;
	size_t i = 0;
	int rest;

	must(parses(text), error.text);
	msg = nlmsg_alloc_size(rules_message_size(&rules));
	must(msg && genlmsg_put(msg, 0, 0, 0, 0, 0, SEAL_CMD_RULES_SET, 1), "message");
	ok(!rules_put(msg, &rules), "there is room for all");
	nlmsg_for_each_attr(attr, nlmsg_hdr(msg), GENL_HDRLEN, rest) {
		must(i < rules.count && !rule_get(attr, &back), "attribute");
		if (i) {
			/* Everybody, and every port: no condition. */
			rules.rule[i].has &= ~(i == 1 ? RULE_USER : RULE_PORT);
			rules.rule[i].has |= RULE_PENDING;
			rules.rule[i].pending = i == 1 ? 9 : RULE_PENDING_DEFAULT;
		}
		rule_format(&rules.rule[i++], a);
		rule_format(&back, b);
		ok(!strcmp(a, b), "%s", a);
		if (strcmp(a, b))
			note("is %s", b);
	}
	ok(i == 3, "three");
	nlmsg_free(msg);
}

/* The longest rule has room in its text and its part of a message. */
static void test_longest(void)
{
	const char *text = "allow user=4000000000-4294967294 group=4294967294 "
		"cgroup=18446744073709551615 role=server "
		"peer=2001:db8:1111:2222:3333:4444:5555:6666 port=60000-65535 pending=1024";
	char out[RULE_TEXT_MAX];
	struct nl_msg *msg;
	size_t i;

	must(parses(text), error.text);
	ok(strlen(rule_format(&rules.rule[0], out)) == strlen(text) + 4, "the longest rule");
	for (i = 1; i < RULES_MAX; i++)
		rules.rule[i] = rules.rule[0];
	rules.count = RULES_MAX;
	msg = nlmsg_alloc_size(rules_message_size(&rules));
	must(msg && genlmsg_put(msg, 0, 0, 0, 0, 0, SEAL_CMD_RULES_SET, 1), "message");
	ok(!rules_put(msg, &rules), "and as many of it as there may be");
	nlmsg_free(msg);
}

int main(void)
{
	test_conditions();
	test_lines();
	test_mistakes();
	test_sizes();
	test_file();
	test_netlink();
	test_longest();
	return done();
}
