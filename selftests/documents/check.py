#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check.py: what can be checked of the documents without a reader, as TAP.

Their form, and that what they name is there: commands of sealctl with their
options, keys of policies and of seald.conf, whole policies, test cases, rows of
the model, files, and numbers that have a formula.
"""

import glob
import hashlib
import hmac
import os
import re
import subprocess
import sys
import tempfile

from block import literal_blocks

SEALCTL = "build/user/sealctl"
DOCUMENTS = sorted(glob.glob("Documentation/**/*.rst", recursive=True))
TEXTS = DOCUMENTS + ["README"]
PAGES = sorted(glob.glob("Documentation/man/*"))
UNDERLINES = "=-~^"

count = failed = 0


def case(claim, wrong):
    global count, failed
    count += 1
    for w in wrong:
        print(f"# {w}")
    failed += bool(wrong)
    print(f"{'not ' if wrong else ''}ok {count} - {claim}")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def flat(text):
    return " ".join(text.split())


def literals(path):
    """Inline ones, outside the blocks"""
    text = read(path)
    for _, block in literal_blocks(read(path)):
        for line in block.split("\n"):
            if line.strip():
                text = text.replace(line, "", 1)
    return [flat(x) for x in re.findall(r"``(.+?)``", text, flags=re.S)]


# Form

def bad_headings(path):
    lines = read(path).split("\n")
    for i, line in enumerate(lines[1:], 1):
        if len(line) >= 3 and len(set(line)) == 1 and line[0] in UNDERLINES:
            title = lines[i - 1]
            if title and title[0] != " " and "  " not in title and \
                    not set(title) <= set("= ") and len(line) < len(title):
                yield f"{path}:{i + 1}: shorter than its title"


def tables(lines):
    """(first, last, spans) of simple tables"""
    border = re.compile(r"\s*=+(\s+=+)+\s*$")
    rows = [i for i, line in enumerate(lines) if border.match(line)]
    while rows:
        first, same = rows[0], lines[rows[0]].rstrip()
        group = [rows[0]]
        for i in rows[1:]:
            if lines[i].rstrip() != same or any(not x.strip() for x in lines[group[-1]:i]) and \
                    len(group) == 3:
                break
            group.append(i)
            if len(group) == 3 or i + 1 >= len(lines) or not lines[i + 1].strip():
                break
        spans = [m.span() for m in re.finditer("=+", same)]
        yield first, group[-1], spans
        rows = [i for i in rows if i > group[-1]]


def bad_tables(path):
    lines = read(path).split("\n")
    for first, last, spans in tables(lines):
        if first == last:
            yield f"{path}:{first + 1}: a table without an end"
        for i in range(first, last):
            for (_, end), (start, _) in zip(spans, spans[1:]):
                if lines[i][end:start].strip():
                    yield f"{path}:{i + 1}: text between columns"


def bad_form(path):
    lines = read(path).split("\n")
    yield from bad_headings(path)
    yield from bad_tables(path)
    for i, line in enumerate(lines, 1):
        if "\t" in line or line != line.rstrip():
            yield f"{path}:{i}: a tab, or blanks at the end"
        if line.rstrip().endswith("::") and not line.startswith("..") and i < len(lines) and \
                lines[i].strip():
            yield f"{path}:{i}: no empty line after ::"
    for paragraph in re.split(r"\n\s*\n", read(path)):
        if paragraph.count("``") % 2 and "::" not in paragraph:
            yield f"{path}: a literal without an end: {paragraph.strip()[:60]}"


def check_form():
    case("documents are well formed", [w for p in DOCUMENTS for w in bad_form(p)])
    index = read("Documentation/index.rst")
    case("the index has all of them",
         [p for p in DOCUMENTS + PAGES if p != "Documentation/index.rst" and
          f"``{p[len('Documentation/'):]}``" not in index])


# What is named

def commands_in(text):
    """Command lines of sealctl, continued ones in one piece"""
    text = re.sub(r"\\\n\s*", " ", text)
    for line in text.split("\n"):
        for m in re.finditer(r"(?:^|[\s('`])(sealctl(?: +[^|`'\")]+)?)", line.split("  #")[0]):
            yield flat(m.group(1))


def usage_of(words):
    run = subprocess.run([SEALCTL, *words, "--help"], stdin=subprocess.DEVNULL, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return run.stdout


def known_commands():
    return re.findall(r"^  ([a-z]+) ", usage_of([]), flags=re.M)


def wrong_command(command, known, usages):
    words = command.split()[1:]
    if not words or words[0].startswith("-"):
        return None
    if words[0] not in known:
        return f"no command {words[0]}" if re.fullmatch("[a-z]+", words[0]) else None
    key = tuple(words[:1])
    if words[1:] and re.fullmatch("[a-z]+", words[1]) and words[0] in ("ca", "policy", "result"):
        key = tuple(words[:2])
    if key not in usages:
        usages[key] = usage_of(key)
    if len(key) == 2 and not re.search(rf"\b{key[1]}\b", usages[key]):
        return f"no {key[1]} of {key[0]}"
    for word in words:
        option = re.match(r"--?[a-z][a-z-]*", word)
        if option and not re.search(rf"(?<![\w-]){re.escape(option.group())}(?![\w-])",
                                    usages[key]):
            return f"no option {option.group()}"
    return None


def prose_is_not_one(command):
    """'sealctl makes ...' is a sentence"""
    return re.match(r"sealctl [a-z]+s? [a-z]+ [a-z]+ [a-z]+", command) is not None


def check_commands():
    known, usages, wrong, seen = known_commands(), {}, [], 0
    for path in TEXTS:
        texts = [b for _, b in literal_blocks(read(path))] + literals(path)
        for command in (c for t in texts for c in commands_in(t)):
            what = wrong_command(command, known, usages)
            seen += 1
            if what and not prose_is_not_one(command):
                wrong.append(f"{path}: {command}: {what}")
    case(f"sealctl has the commands and options that are named ({seen})", wrong)


def page_of(path):
    """Its words, without macros"""
    return read(path).replace("Fl Fl ", "--").replace("Fl ", "-")


def check_pages():
    page, known = page_of("Documentation/man/sealctl.8"), known_commands()
    options = set(re.findall(r'"(--?[a-z]+)"', read("userspace/sealctl/sealctl.c")))
    for words in [(k,) for k in known] + [("policy", "learn"), ("policy", "import")]:
        options |= set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", usage_of(words)))
    case(f"options of sealctl are in its page ({len(options)})",
         [o for o in sorted(options)
          if not re.search(rf"(?<![\w-]){re.escape(o)}(?![\w-])", page)])
    texts = re.search(r"\} warnings\[\] = \{(.*?)\n\};", read("userspace/sealctl/policy.c"),
                      flags=re.S).group(1)
    entry = re.search(r"\.It Cm policy check\nReads(.*?)\n\.It ", page, flags=re.S).group(1)
    firsts = [re.search(r'"([a-z-]+N?)[ ,]', t) for t in re.findall(r"\{ (.*?) \}", texts,
                                                                  flags=re.S)]
    firsts = [m.group(1) for m in firsts if m and m.group(1) in policy_keys()]
    case(f"warnings of policy check are in the page ({len(firsts)})",
         [f for f in firsts if f not in entry] + ([] if len(firsts) > 4 else ["not found"]))
    files = set(re.findall(r'"%s/([a-z.]+)", (?:state|log->state)',
                           "".join(read(f) for f in glob.glob("userspace/seald/*.c"))))
    case(f"state files of seald are in its page ({len(files)})",
         [f for f in sorted(files) if f"/run/seal/{f}" not in read("Documentation/man/seald.8")] +
         ([] if len(files) > 1 else ["not found"]))


def policy_keys():
    source = "".join(read(f) for f in glob.glob("userspace/verify/policy_*.c"))
    return set(re.findall(r'\{ "([a-z0-9-]+)",\s*(?:seal_)?key_\w+ \}', source)) | \
        {"pcr-N", "require-N", "allow-N"}


def conf_keys():
    pairs = re.findall(r'\{ "([a-z]+)", "([a-z-]+)", set_\w+[ ,]',
                       read("userspace/attester/hostconf.c"))
    keys = {}
    for section, key in pairs:
        keys.setdefault(section, set()).add(key)
    for key in re.findall(r'\{ "([a-z-]+)", set_\w+ \}', read("userspace/seald/config.c")):
        keys.setdefault("seald", set()).add(key)
    return keys


def wrong_conf(block, keys):
    section = None
    for line in block.split("\n"):
        line = line.split("#")[0].strip()
        if re.fullmatch(r"\[[a-z]+\]", line):
            section = line[1:-1]
            if section not in keys:
                yield f"no section {section}"
        elif "=" in line and section in keys and \
                line.split("=")[0].strip() not in keys[section]:
            yield f"no key {line}"


def check_keys():
    policy, conf, wrong = policy_keys(), conf_keys(), []
    every = policy | {k for keys in conf.values() for k in keys}
    for path in TEXTS:
        for line, block in literal_blocks(read(path)):
            if re.match(r"\[(identity|tpm|verifier|seald)\]", block):
                wrong += [f"{path}:{line}: {w}" for w in wrong_conf(block, conf)]
        for literal in literals(path):
            m = re.fullmatch(r"([a-z][a-z-]*?)(-(?:\d+|N))? =( .*)?", literal)
            if m and m.group(1) + ("-N" if m.group(2) else "") not in every:
                wrong.append(f"{path}: no key {literal}")
    case("keys of policies and of seald.conf are known", wrong)


def policy_blocks():
    """Blocks that are policies, and the examples in files"""
    for path in DOCUMENTS:
        for line, block in literal_blocks(read(path)):
            if re.search(r"^\[policy [a-z0-9-]+\]$", block, flags=re.M):
                yield f"{path}:{line}", block
    for page in PAGES:
        for block in re.findall(r"^\.Bd -literal\n(.*?)^\.Ed", read(page), flags=re.M | re.S):
            if block.startswith("[policy "):
                yield page, block
    for path in glob.glob("Documentation/examples/policy.d/*"):
        yield path, read(path)


def with_files(directory, block):
    """What a policy names is there, as far as its reader looks into it"""
    key = os.path.join(directory, "key.pem")
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out",
                    key], check=True, stderr=subprocess.DEVNULL)
    pem = subprocess.run(["openssl", "ec", "-in", key, "-pubout"], check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    os.makedirs(os.path.join(directory, "verifiers"))
    names = re.findall(r"^verifier = (.*)$", block, flags=re.M)
    for name in (n.strip() for line in names for n in line.split(",")):
        with open(os.path.join(directory, "verifiers", name + ".pem"), "wb") as f:
            f.write(pem)
    for kind, name in re.findall(r"^(ima-list|ima-key) = (\S+)$", block, flags=re.M):
        path = os.path.join(directory, "policy.d", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(pem if kind == "ima-key" else b"00" * 32 + b"  /bin/true\n")


OF_ANY_BOOT = "[policy x]\npeer = *\nmode = require\npcrs = sha256:10\nlogs = ima\nima-digest = " + \
    "ab" * 32 + "\n"


def policy_error(block):
    block = re.sub(r"<[^<>\n]+>", "ab" * 32, block)
    with tempfile.TemporaryDirectory() as directory:
        os.makedirs(os.path.join(directory, "policy.d"))
        with open(os.path.join(directory, "policy.d", "10-it.conf"), "w",
                  encoding="ascii") as f:
            f.write(block + "\n")
        with_files(directory, block)
        run = subprocess.run([SEALCTL, "policy", "check", "-c", directory], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        names = re.findall(r"^\[policy ([a-z0-9-]+)\]$", block, flags=re.M)
        missing = [n for n in names if f" {n} " not in run.stdout]
    if run.returncode:
        return run.stdout.strip()
    # The directory here has no CA; all else that is said of an example is its own.
    warned = [w for w in re.findall("warning: (.*)", run.stdout) if "trust/ak.pem" not in w]
    if warned:
        return f"warned of: {warned}"
    return f"not read: {missing}" if missing else None


def check_policies():
    wrong, seen = [], 0
    for where, block in policy_blocks():
        error = policy_error(block)
        seen += 1
        if error:
            wrong.append(f"{where}: {error}")
    case(f"policies are legal ({seen})", wrong)
    # That the reader is asked at all.
    case("and one that is not would be seen",
         [] if policy_error("[policy x]\npeer = *\nmode = sometimes\n") else ["it was not"])
    case("and one of any boot would be seen",
         [] if policy_error(OF_ANY_BOOT) else ["it was not"])


def suites():
    """name -> command"""
    found = {}
    for path in ["selftests/suites", *glob.glob("selftests/*/suites")]:
        for line in read(path).split("\n"):
            row = [x.strip() for x in line.split("|")]
            if len(row) > 3 and not line.startswith("#"):
                found[row[0]] = row[3]
    return found


def sources():
    text = {}
    for path in glob.glob("selftests/**/*", recursive=True):
        if path.endswith((".c", ".h", ".py", ".test", ".sh", "/appraise")) and \
                "documents/" not in path:
            # Adjacent strings are one.
            text[path] = re.sub(r'"\s*\n?\s*"', "", read(path)).replace('\\"', '"')
    return text


def is_case(name, text):
    if any(f'"{name}"' in t for t in text.values()):
        return True
    if re.fullmatch(r"[a-z_]+", name):
        return any(re.search(rf"TEST\w*\(\w+, {name}[,)]|TEST\({name}\)", t)
                   for t in text.values())
    # "words " #bit, and the macro's argument
    words, _, last = name.rpartition(" ")
    return any(f'"{words} " #' in t and re.search(rf"\({last},", t) for t in text.values())


def parts(command, text):
    """What a suite runs: built programs as they are, scripts, and kernel tests by source"""
    for word in command.split():
        if word.startswith("build/user/tests/"):
            with open(word, "rb") as f:
                yield f.read()
        elif word in text:
            yield text[word]
    net = re.search(r"selftests/net/seal/run ([a-z]+)", command)
    if net:
        yield text[f"selftests/net/seal/{net.group(1)}.c"]


def is_of_suite(name, command, text):
    """The literal ends where the name does, in the program too"""
    for part in parts(command, text):
        if isinstance(part, bytes):
            if name.encode() + b"\0" in part:
                return True
        elif is_case(name, {"": part}):
            return True
    return False


def rows():
    found = set()
    for line in read("Documentation/formal/results").split("\n"):
        row = [x.strip() for x in line.split("|")]
        if len(row) == 3 and not line.startswith("#"):
            found.add(row[0] + (", " + row[1] if row[1] else ""))
    return found


# A case of the first suite, and none of the second
NOT_OF_THE_OTHER = [
    ("net-deadline", "net-revoke", "cannot_be_put_off"),
    ("seald-tls", "seald", "no exporter inside the handshake"),
    ("logs-appraise", "verify-policy", "keylime 24544314: evidence and no policy"),
    ("seald-kernel", "interop", "a user whom no rule lets ask, and one whom one lets"),
]


def check_cases():
    known, text, results, wrong, seen = suites(), sources(), rows(), [], 0
    for path in TEXTS:
        for literal in literals(path):
            m = re.fullmatch(r'([a-z][a-z0-9-]*) "(.+)"', literal)
            if not m:
                continue
            seen += 1
            if m.group(1) == "formal":
                if m.group(2) not in results:
                    wrong.append(f"{path}: no such row: {literal}")
            elif m.group(1) not in known:
                wrong.append(f"{path}: no suite {m.group(1)}")
            elif not is_case(m.group(2), text):
                wrong.append(f"{path}: no such case: {literal}")
            elif not is_of_suite(m.group(2), known[m.group(1)], text):
                wrong.append(f"{path}: not a case of this suite: {literal}")
        for names in re.findall(r"selftests/run(?: --at [a-z-]+)?((?: [a-z][a-z-]+)+)",
                                read(path)):
            wrong += [f"{path}: no suite {n}" for n in names.split() if n not in known]
    case(f"tests and rows of the model that are named are there ({seen})",
         wrong if seen > 90 else wrong + [f"only {seen} were found"])
    case("and one of another suite would be seen",
         [f"{suite}, {other}: {name}" for suite, other, name in NOT_OF_THE_OTHER
          if not is_of_suite(name, known[suite], text) or is_of_suite(name, known[other], text)])


def check_files():
    wrong = []
    for path in TEXTS:
        for literal in literals(path):
            m = re.match(r"((?:userspace|kernel|selftests|scripts|Documentation|include)/"
                         r"[A-Za-z0-9_./*-]+)", literal)
            if m and not glob.glob(m.group(1)):
                wrong.append(f"{path}: {m.group(1)}")
    case("files of the tree that are named are there", wrong)


# Tables of the protocol, and those of the code

def section(title):
    text = read("Documentation/protocol.rst")
    text = text[text.index(f"\n{title}\n=") + 1:]
    return re.split(r"\n\n(?=[^\n]+\n====)", text)[0]


def table_rows(text, first):
    """Cells of the lines that begin so"""
    return [re.split(r"\s{2,}", line.strip()) for line in text.split("\n")
            if re.match(first, line)]


def frames_of_code():
    header, limits = read("userspace/wire/frame.h"), read("userspace/wire/limits.h")
    limits += read("userspace/wire/result.h")
    types = dict(re.findall(r"SEAL_FRAME_(\w+) = (0x\w+),", header))
    for name, limit in re.findall(r"\[SEAL_FRAME_(\w+)\]\s*= \{ \"[a-z-]+\", (\w+) \}",
                                  read("userspace/wire/frame.c")):
        size = re.search(rf"#define {limit}\s+(\d+)u", limits).group(1)
        yield types[name], name.replace("_", "").lower(), size


def frames_of_text():
    names = {"authrequest": "request", "sealhello": "hello", "sealresult": "result",
             "sealdone": "done", "sealerror": "error"}
    for cells in table_rows(section("Frames"), "``0x"):
        name = cells[1].lower()
        yield cells[0].strip("`"), names.get(name, name), cells[2]


def turns_of_code():
    for state, side, frame, only, following, _, asks in re.findall(
            r"\[SEAL_TURN_(\w+)\] = \{\s*SEAL_SIDE_(\w+), SEAL_FRAME_(\w+), (\w+),"
            r"\s*SEAL_TURN_(\w+)(, SEAL_TURN_(\w+))?\s*\}", read("userspace/wire/frame.c")):
        yield state, side, frame, only, following
        if asks:
            yield state, side, "LOG_REQUEST", "", asks


def turns_of_text():
    names = {"SealHello": "HELLO", "AuthRequest": "REQUEST", "Authenticator": "AUTHENTICATOR",
             "SealResult": "RESULT", "LogRequest": "LOG_REQUEST", "LogData": "LOG_DATA",
             "SealDone": "DONE"}
    state = None
    for cells in table_rows(section("Turns"), r"[A-Z]+_[CS] |  or "):
        state = state if cells[0] == "or" else cells[0]
        if len(cells) == 4:
            cells.insert(3, "")
        yield (state, cells[1].upper(), names[cells[2]],
               cells[3].upper().replace(" ", "_"), cells[4])


def codes_of_code():
    source = read("userspace/wire/result.c")
    numbers = dict(re.findall(r"SEAL_CODE_(\w+) = (\d+),", read("userspace/wire/result.h")))
    transient = re.search(r"seal_code_transient.*?\n\}", source, flags=re.S).group()
    for word, name in re.findall(r"\[SEAL_CODE_(\w+)\]\s*= \"([a-z-]+)\"", source):
        if numbers[word] != "0":
            yield numbers[word], name, "yes" if f"SEAL_CODE_{word}" in transient else "no"


def codes_of_text():
    for cells in table_rows(section("Results and errors"), r"\d"):
        yield tuple(cells[:3])


def compare(what, code, text):
    code, text = set(code), set(text)
    case(f"{what} of the protocol are those of the code ({len(code)})",
         [f"only in the {side}: {row}" for side, only in
          (("code", code - text), ("text", text - code)) for row in only] +
         ([] if code else ["none found"]))


def check_reasons():
    names = set(re.findall(r'^X\(\w+, "([a-z-]+)"', read("userspace/verify/reason.h"), flags=re.M))
    wrong = []
    for title in ("Verification", "Passports", "Logs", "Pre-shared keys"):
        for literal in re.findall(r"``([a-z]+(?:-[a-z]+)+|[a-z-]+-\*)``", section(title)):
            if not any(re.fullmatch(literal.replace("*", "[a-z-]+"), n) for n in names):
                wrong.append(f"{title}: no reason {literal}")
    case("reasons that the protocol names are in the table", wrong)


def check_tables():
    compare("frames", frames_of_code(), frames_of_text())
    compare("turns", turns_of_code(), turns_of_text())
    compare("error codes", codes_of_code(), codes_of_text())
    check_reasons()


# The log

def members(line):
    return re.findall(r"(\w+)=", re.sub(r'"[^"]*"', '""', line))


def lines_of_code():
    """How a handshake ends, and the members of its line in their order"""
    for path in ("userspace/seald/outcome.c", "userspace/seald/seald.c"):
        text = re.sub(r'"\s*(?:PRIu64)?\s*"', "", read(path).replace('\\"', "'"))
        for line in re.findall(r'seald_log\(LOG_\w+,\s*"(handshake [^"]*)"', text):
            words = re.match(r"handshake %\w*: (\S+)", line).group(1)
            for word in ("observed", "unattested") if words == "%s" else (words,):
                yield word, *members(line.replace("'", '"'))


def lines_of_text():
    text = read("Documentation/seald.rst")
    block = next(b for _, b in literal_blocks(text) if b.startswith("handshake "))
    for line in flat(block).split("handshake ")[1:]:
        yield re.match(r"\d+: (\w+)", line).group(1), *members(line)


def check_log():
    code, text = set(lines_of_code()), set(lines_of_text())
    case(f"lines of the log are those of the code ({len(code)})",
         [f"only in the {side}: {row}" for side, only in
          (("code", code - text), ("text", text - code)) for row in only] +
         ([] if len(code) == 5 else ["not all were found"]))


# Packages

def depends(package):
    """It, and what comes with it; empty when there is no such package"""
    run = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Depends}", package],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return set(re.findall(r"(?:^|[,|] |^\S+ )([a-z0-9][a-z0-9.+-]+)", run.stdout))


def needed():
    """Packages of the libraries that our programs are linked to"""
    programs = glob.glob("build/user/seald*") + [SEALCTL, "build/user/libseal.so.1"]
    run = subprocess.run(["objdump", "-p", *(p for p in programs if os.path.isfile(p))],
                         stdout=subprocess.PIPE, text=True, check=True)
    names = set(re.findall(r"NEEDED +(\S+)", run.stdout))
    table = subprocess.run(["ldconfig", "-p"], stdout=subprocess.PIPE, text=True,
                           check=True).stdout
    for name in sorted(names):
        path = os.path.realpath(re.search(rf"^\s{re.escape(name)} .*=> (\S+)$", table,
                                          flags=re.M).group(1))
        for form in (path, path.removeprefix("/usr")):
            run = subprocess.run(["dpkg", "-S", form], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True, check=False)
            if not run.returncode:
                yield name, run.stdout.split(":")[0]
                break
        else:
            yield name, None


def check_packages():
    text = read("Documentation/quickstart.rst").replace("\\\n", " ")
    text = re.sub(r"\$\([^)]*\)", "", text)
    named = [p for line in re.findall(r"^ +apt install ([^#\n]+)", text, flags=re.M)
             for p in line.split() if not p.startswith(("dkms", "linux-headers", "mokutil"))]
    have = {p: depends(p) for p in named}
    wrong = [f"no package {p}" for p in named if not have[p]]
    covered = set(named).union(*have.values())
    wrong += [f"{lib} of {package} is not named" for lib, package in needed()
              if package not in covered]
    case(f"the quick start names the packages that programs need ({len(named)})", wrong)


# Numbers

def expand(secret, label, context, length):
    info = (length.to_bytes(2, "big") + bytes([6 + len(label)]) + b"tls13 " + label +
            bytes([len(context)]) + context)
    return hmac.new(secret, info + b"\1", "sha256").digest()[:length]


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def vectors():
    secret = bytes.fromhex("fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50")

    def exporter(label, context, length):
        return expand(expand(secret, label, sha(), 32), b"exporter", sha(context), length)

    def context(side, exchange):
        return (b"SEALbind" + bytes([1, side, 0, 1]) + exchange.to_bytes(8, "big") +
                b"".join(sha(x) for x in (b"hello", b"request", b"attester-cert", b"rp-cert",
                                          b"spki")))

    ekm = exporter(b"EXPERIMENTAL-SEAL-binder", context(2, 0), 32)
    binder = sha(b"SEAL-binder-v1\0", context(2, 0), ekm)
    kept = exporter(b"EXPERIMENTAL-SEAL-reattest", b"", 32)
    later = hmac.new(kept, context(2, 1), "sha256").digest()
    for name in (b"\0\x0b" + sha(b"TPMT_PUBLIC"), b""):
        claim = sha(b"SEAL-quote-v1\0", binder, len(name).to_bytes(2, "big"), name, sha())
        yield claim
        yield sha(b"\2", (1).to_bytes(4, "big"), sha(b"\0", claim))
    yield from (ekm, binder, kept, later, sha(b"SEAL-binder-v1\0", context(2, 1), later),
                exporter(b"EXPERIMENTAL-SEAL-binder", context(1, 0), 32),
                exporter(b"EXPERIMENTAL-SEAL-connection-id", b"", 16))
    for last in (b"handshake context", b"finished key"):
        yield exporter(b"EXPORTER-server authenticator " + last, b"", 32)


def check_vectors():
    text = read("Documentation/protocol.rst")
    text = text[text.index("\nTest vectors\n"):]
    stands = {bytes.fromhex(x) for x in re.findall(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b", text)}
    case("test vectors are what the formulas give",
         [f"not computed, or not there: {x.hex()}" for x in stands ^ set(vectors())])


check_form()
check_commands()
check_pages()
check_keys()
check_policies()
check_cases()
check_files()
check_tables()
check_log()
check_packages()
check_vectors()
print(f"1..{count}")
sys.exit(failed != 0)
