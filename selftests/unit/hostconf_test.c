// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections of seald.conf that say where this host's keys are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attester/hostconf.h"
#include "attester/tpm.h"
#include "lib/tap.h"

static char dir[] = "/tmp/seal-conf-XXXXXX", file[64];

static int read_text(const char *text, struct att_hostconf *conf, char *why, size_t size)
{
	FILE *f = fopen(file, "w");

	must(f && fputs(text, f) >= 0 && !fclose(f), "seald.conf");
	return att_hostconf_read(dir, conf, why, size);
}

static void good(void)
{
	struct att_hostconf c;
	char why[512];

	unlink(file);
	ok(!att_hostconf_read(dir, &c, why, sizeof(why)) && c.key_in_tpm &&
	   !strcmp(c.tcti, "device:/dev/tpmrm0") && c.ak_handle == ATT_AK_HANDLE &&
	   c.tik_handle == ATT_TIK_HANDLE && c.batch == ATT_BATCH_MAX &&
	   c.pcrs.any, "no file: the defaults");
	ok(read_text("", &c, why, sizeof(why)) == 1 && c.key_in_tpm, "an empty file: likewise");
	ok(read_text("# keys\n[identity]\nkey = file # here\n\n [tpm] \n\ttcti=swtpm:path=/x\n"
		     "ak-handle = 0x81000001\ntik-handle = 2164260866\nbatch = 7\n"
		     "pcrs = sha256:0-7; sha256:0-9\n[seald]\n"
		     "state = /run/x\nany thing\n[other]\nkey = 5\n[verifier]\n"
		     "socket = /run/v\nlogs = yes\n", &c, why, sizeof(why)) == 1 &&
	   !c.key_in_tpm &&
	   !strcmp(c.tcti, "swtpm:path=/x") && c.ak_handle == 0x81000001 &&
	   c.tik_handle == 0x81000002 && c.batch == 7 && !c.pcrs.any && c.pcrs.count == 2 &&
	   !strcmp(c.verifier, "/run/v") &&
	   c.verifier_logs, "all keys, and sections of others");
}

static void bad(void)
{
	static const struct { const char *text, *why; } rows[] = {
		{ "[identity]\nkey = disk\n", "seald.conf:2: key is tpm or file" },
		{ "[identity]\nkey =\n", ":2: key is tpm or file" },
		{ "[identity]\nkey\n", ":2: a setting is written" },
		{ "[identity]\nkeys = tpm\n", ":2: unknown key" },
		{ "[identity]\ntcti = x\n", ":2: unknown key" },
		{ "[identity]\nkey = tpm\nkey = tpm\n", ":3: key given twice" },
		{ "[identity]\nkey = tpm\n[identity]\nkey = tpm\n", ":4: key given twice" },
		{ "[tpm\n", ":1: a section is written" },
		{ "[tpm] x\n", ":1: a section is written" },
		{ "[tpm]\nak-handle = 0x80ffffff\n", ":2: a handle is 0x81000000 to 0x817fffff" },
		{ "[tpm]\nak-handle = 0x81800000\n", ":2: a handle is 0x81000000 to 0x817fffff" },
		{ "[tpm]\nak-handle = 0x81000000x\n", ":2: a handle is 0x81000000 to 0x817fffff" },
		{ "[tpm]\nak-handle = 0x181000000\n", ":2: a handle is 0x81000000 to 0x817fffff" },
		{ "[tpm]\nak-handle = 0x81015ea1\n", "are one" },
		{ "[verifier]\nsocket = run/v\n", ":2: socket is a path from /" },
		{ "[verifier]\nsocket =\n", ":2: socket is a path from /" },
		{ "[verifier]\nlogs = all\n", ":2: logs is yes or no" },
		{ "[verifier]\nhost = x\n", ":2: unknown key" },
		{ "[tpm]\nbatch = 0\n", ":2: batch is a number from 1 to 1024" },
		{ "[tpm]\nbatch = 1025\n", ":2: batch is a number from 1 to 1024" },
		{ "[tpm]\nbatch = -1\n", ":2: batch is a number from 1 to 1024" },
		{ "[tpm]\nbatch =\n", ":2: batch is a number from 1 to 1024" },
		{ "[tpm]\npcrs =\n", ":2: pcrs is any, or like" },
		{ "[tpm]\npcrs = sha1:0\n", ":2: pcrs is any, or like" },
		{ "[tpm]\nbatch = 4x\n", ":2: batch is a number from 1 to 1024" },
	};
	char why[512], line[700];
	struct att_hostconf c;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(read_text(rows[i].text, &c, why, sizeof(why)) < 0 && strstr(why, rows[i].why),
		   "refused: %s", why);
	strcpy(line, "[tpm]\ntcti = ");
	memset(line + strlen(line), 'x', 300);
	line[313] = '\0';
	ok(read_text(line, &c, why, sizeof(why)) < 0, "a TCTI too long");
	snprintf(line, sizeof(line), "[verifier]\nsocket = /%0107d\n", 0);
	ok(read_text(line, &c, why, sizeof(why)) < 0, "a path that no socket can have");
	strcpy(line, "[tpm]\n");
	memset(line + 6, 'x', 690);
	line[696] = '\0';
	ok(read_text(line, &c, why, sizeof(why)) < 0 && strstr(why, "line too long"),
	   "a line too long");
}

int main(void)
{
	must(mkdtemp(dir) != NULL, "mkdtemp");
	snprintf(file, sizeof(file), "%s/seald.conf", dir);
	good();
	bad();
	unlink(file);
	rmdir(dir);
	return done();
}
