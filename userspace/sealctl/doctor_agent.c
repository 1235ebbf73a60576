// SPDX-License-Identifier: GPL-2.0-or-later
/* Who takes handshakes here? */
#include "sealctl/doctor.h"

#include "seald/agents.h"
#include "sealctl/sockets.h"

void doctor_agent(const struct host *host, struct finding *finding)
{
	int group = sockets_group("handshake", "tlshd");
	struct agents agents;

	if (group < 1 || agents_look((uint32_t)group, NULL, 0, &agents))
		finding_set(finding, HEALTH_SKIP, NULL, "cannot tell who listens for handshakes");
	else if (!agents.agents && agents.unknown && agents.blind)
		finding_set(finding, HEALTH_SKIP, NULL,
			    "cannot tell who listens for handshakes: not all processes are "
			    "seen from here");
	else if (!agents.agents)
		finding_set(finding, HEALTH_FAIL, "systemctl start seald",
			    "nobody takes handshakes in this network namespace");
	else if (!agents.seald)
		finding_set(finding, HEALTH_FAIL,
			    "systemctl mask --now tlshd; systemctl start seald",
			    "handshakes are taken by %s, not by seald", agents.who);
	else if (agents.agents > 1)
		finding_set(finding, HEALTH_FAIL, "one agent only: whoever is first decides",
			    "several take handshakes: %s", agents.who);
	else if (agents.sockets > 1)
		finding_set(finding, HEALTH_WARN, "any user can, and gets none",
			    "seald takes handshakes; %u more listen that are no agents",
			    agents.sockets - 1);
	else
		finding_set(finding, HEALTH_OK, NULL, "seald takes handshakes");
}
