# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# All of lib/, for a test: set -euo pipefail, source this, workspace NAME.

# shellcheck disable=SC2034	# top is for the others
e2e=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
top=${e2e%/selftests/*}
# shellcheck source=selftests/e2e/lib/report.sh
. "$e2e/lib/report.sh"
# shellcheck source=selftests/e2e/lib/hosts.sh
. "$e2e/lib/hosts.sh"
# shellcheck source=selftests/e2e/lib/nfs.sh
. "$e2e/lib/nfs.sh"
# shellcheck source=selftests/e2e/lib/tlshd.sh
. "$e2e/lib/tlshd.sh"
# shellcheck source=selftests/e2e/lib/seal.sh
. "$e2e/lib/seal.sh"
