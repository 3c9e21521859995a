"""The 14 JSON commands of the harness over the same files, with a parser of all 26 commands and their flags.

Written to be fast: few imports, one pass over each file, nothing computed that is not answered.
"""
import argparse
import json
import os
import sys
import time

DEFAULT_STORE = ".port_sessions"
MESH_TOOLS = (
    "send_message check_messages list_peers set_summary set_status join_group leave_group get_state set_state "
    "list_state watch_state remember recall forget message_status"
).split()
OWN_COMMANDS = (
    "welcome launch join list leave status peers send messages explain state-get state-set state-list state-watch "
    "remember recall forget mesh-create mesh-list mesh-policy mesh-members mesh-seed invite-create invite-list "
    "invite-revoke export install uninstall mcp hook-idle hook-working hook-dnd hook-deliver bootstrap turn-loop route "
    "flush-transcript list-sessions load-session delete-session show-command show-tool exec-command exec-tool "
    "command-graph tool-pool bootstrap-graph summary manifest subsystems commands tools parity-audit setup-report "
    "remote-mode ssh-mode teleport-mode direct-connect-mode deep-link-mode up down backup restore doctor version help "
    "schema"
).split()
STAGES = (
    "runtime-start format-scan argument-parse module-load settings-resolve inventory-build engine-select "
    "session-restore turn-run session-save"
).split()


# --- arguments ---------------------------------------------------------------------------------------------------------

def build_parser():
    parser = argparse.ArgumentParser(prog="parl", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name, *positionals, formatted=True):
        sub = commands.add_parser(name, allow_abbrev=False)
        for positional in positionals:
            sub.add_argument(positional)
        if formatted:
            sub.add_argument("--output-format", choices=["text", "json"], default="text")
            sub.add_argument("--json", action="store_true")
        return sub

    def engine(sub):
        sub.add_argument("--agent", default="echo")
        sub.add_argument("--working-directory")
        sub.add_argument("--permission-mode", choices=["default", "plan", "acceptEdits", "bypassPermissions"])
        sub.add_argument("--model")
        sub.add_argument("--max-budget-tokens", type=int)
        sub.add_argument("--timeout-seconds", type=float)
        sub.add_argument("--grace-ms", type=int, default=100)
        sub.add_argument("--session-id")
        sub.add_argument("--lock-timeout-ms", type=int, default=2000)

    def inventory(sub, allow=False):
        sub.add_argument("--inventory")
        if allow:
            sub.add_argument("--allow-tool", action="append", default=[])

    sub = command("bootstrap", "prompt")
    sub.add_argument("--limit", type=int, default=5)
    engine(sub)
    sub.add_argument("--directory", default=DEFAULT_STORE)
    inventory(sub, allow=True)
    sub.add_argument("--stream", action="store_true")
    sub = command("turn-loop", "prompt")
    sub.add_argument("--limit", type=int, default=5)
    sub.add_argument("--max-turns", type=int, default=3)
    sub.add_argument("--structured-output", action="store_true")
    sub.add_argument("--continuation-prompt")
    engine(sub)
    sub.add_argument("--directory")
    inventory(sub, allow=True)
    sub.add_argument("--stream", action="store_true")
    sub = command("route", "prompt")
    sub.add_argument("--limit", type=int, default=5)
    inventory(sub)
    sub = command("flush-transcript", "prompt")
    engine(sub)
    sub.add_argument("--directory", default=DEFAULT_STORE)
    sub.add_argument("--no-overwrite", action="store_true")
    sub = command("list-sessions")
    sub.add_argument("--directory", default=DEFAULT_STORE)
    sub.add_argument("--details", action="store_true")
    command("load-session", "session_id").add_argument("--directory", default=DEFAULT_STORE)
    sub = command("delete-session", "session_id")
    sub.add_argument("--directory", default=DEFAULT_STORE)
    sub.add_argument("--lock-timeout-ms", type=int, default=2000)
    inventory(command("show-command", "name"))
    inventory(command("show-tool", "name"))
    for name, text in (("exec-command", "prompt"), ("exec-tool", "payload")):
        sub = command(name, "name", text)
        sub.add_argument("--timeout-seconds", type=float, default=600)
        sub.add_argument("--working-directory")
        inventory(sub, allow=True)
    inventory(command("command-graph"))
    inventory(command("tool-pool"))
    command("bootstrap-graph").add_argument("--measure", action="store_true")
    inventory(command("summary", formatted=False))
    command("manifest", formatted=False)
    command("subsystems", formatted=False).add_argument("--limit", type=int, default=32)
    sub = command("commands", formatted=False)
    sub.add_argument("--limit", type=int, default=20)
    sub.add_argument("--query")
    sub.add_argument("--no-plugin-commands", action="store_true")
    sub.add_argument("--no-skill-commands", action="store_true")
    inventory(sub)
    sub = command("tools", formatted=False)
    sub.add_argument("--limit", type=int, default=20)
    sub.add_argument("--query")
    sub.add_argument("--simple-mode", action="store_true")
    sub.add_argument("--no-mcp", action="store_true")
    sub.add_argument("--deny-tool", action="append", default=[])
    sub.add_argument("--deny-prefix", action="append", default=[])
    inventory(sub)
    command("parity-audit", formatted=False)
    command("setup-report", formatted=False)
    for name in ("remote-mode", "ssh-mode", "direct-connect-mode", "deep-link-mode"):
        command(name, "target", formatted=False)
    sub = command("teleport-mode", "target", formatted=False)
    sub.add_argument("--directory", default=DEFAULT_STORE)
    sub.add_argument("--output")
    return parser


# --- envelope ----------------------------------------------------------------------------------------------------------

def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def new_id():
    return os.urandom(16).hex()


def respond(command, payload, exit_code=0, run_id=None, error=None):
    envelope = {
        "timestamp": now(),
        "command": command,
        "exit_code": exit_code,
        "output_format": "json",
        "schema_version": "1.0",
        **payload,
    }
    if run_id is not None:
        envelope["run_id"] = run_id
    if error is not None:
        envelope["error"] = error
    sys.stdout.write(json.dumps(envelope, ensure_ascii=False) + "\n")
    return exit_code


def failure(kind, category, operation, target, message, hint):
    return {
        "kind": kind,
        "category": category,
        "operation": operation,
        "target": target,
        "retryable": False,
        "message": message,
        "hint": hint,
    }


# --- inventory ---------------------------------------------------------------------------------------------------------

def read_if_there(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def load_inventory(directory):
    """Two lists of (name, source_hint, responsibility, kind, is_mirrored)."""
    if directory is not None:
        lists = []
        for name, kind in (("commands.json", None), ("tools.json", "tool")):
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                rows = json.load(file)
            lists.append([external_row(row, kind) for row in rows])
        return lists
    return [own_commands(), own_tools()]


def external_row(row, kind):
    hint = row["source_hint"]
    if kind is None:
        lowered = hint.lower()
        kind = "plugin" if "plugin" in lowered else "skill" if "skills" in lowered else "builtin"
    return (row["name"], hint, row["responsibility"], kind, True)


def own_commands():
    rows = [(name, f"commands/{name}", f"runs parl {name}", "builtin", False) for name in OWN_COMMANDS]
    taken = set(OWN_COMMANDS)

    def add(tool, file, name, text, kind="plugin"):
        shown = f"{tool}:{name}" if name in taken else name
        taken.add(shown)
        hint = f"plugins/{tool}/{file}#{name}" if kind == "plugin" else f"skills/{name}/SKILL.md"
        rows.append((shown, hint, text, kind, kind == "skill"))

    for file in ("GNUmakefile", "makefile", "Makefile"):
        text = read_if_there(file)
        if text is None:
            continue
        for line in text.split("\n"):
            head, colon, rest = line.partition(":")
            if not colon or head[:1] in ("\t", " ", "#", ".", "") or "=" in head or rest.startswith("="):
                continue
            comment = rest.partition("##")[2].strip()
            for name in head.split():
                add("make", file, name, comment or f"Runs target {name} of {file}")
        break
    text = read_if_there("package.json")
    if text is not None:
        for name, line in json.loads(text).get("scripts", {}).items():
            add("npm", "package.json", name, line)
    for file in ("justfile", "Justfile", ".justfile", "Taskfile.yml", "Taskfile.yaml"):
        read_if_there(file)
    for base in (".claude/skills", os.path.join(os.path.expanduser("~"), ".claude/skills")):
        try:
            names = sorted(os.listdir(base))
        except FileNotFoundError:
            continue
        for name in names:
            text = read_if_there(os.path.join(base, name, "SKILL.md"))
            if text is not None:
                described = [line for line in text.split("\n") if line.startswith("description:")]
                add("skills", "SKILL.md", name, described[0][12:].strip() if described else "", "skill")
    return rows


def own_tools():
    rows = [("BashTool", "tools/BashTool/run-command", "Runs a command line", "shell", False)]
    rows.append(("MCPTool", "tools/MCPTool/call", "Calls a tool of an MCP server", "mcp", False))
    text = read_if_there(".mcp.json")
    if text is not None:
        for name in json.loads(text).get("mcpServers", {}):
            rows.append((f"MCPTool:{name}", f"tools/MCPTool/{name}", f"Calls a tool of {name}", "mcp", False))
    rows.extend((name, f"tools/mesh/{name}", name.replace("_", " "), "mesh", False) for name in MESH_TOOLS)
    return rows


def find_row(rows, name):
    lowered = name.lower()
    return next((row for row in rows if row[0].lower() == lowered), None)


def words(text):
    return text.split()


def route(commands, tools, prompt, limit):
    tokens = set(words(prompt.replace("/", " ").replace("-", " ").lower()))

    def scored(rows, kind):
        found = []
        for index, row in enumerate(rows):
            fields = (row[0].lower(), row[1].lower(), row[2].lower())
            score = sum(1 for token in tokens if any(token in field for field in fields))
            if score > 0:
                found.append((-score, row[0], index, kind, row))
        return sorted(found, key=lambda match: match[:3])

    first, second = scored(commands, "command"), scored(tools, "tool")
    rest = sorted(first[1:] + second[1:], key=lambda match: (match[0], match[3], match[1], match[2]))
    return (first[:1] + second[:1] + rest)[: max(0, limit)]


def shown_matches(matches):
    return [
        {"kind": kind, "name": row[0], "score": -score, "source_hint": row[1]} for score, _, _, kind, row in matches
    ]


# --- sessions ----------------------------------------------------------------------------------------------------------

def session_path(directory, session_id):
    return os.path.join(directory, f"{session_id}.json")


def lock(directory, session_id):
    path = os.path.join(directory, f".{session_id}.lock")
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with open("/proc/self/stat", encoding="ascii") as file:
        started = file.read().rpartition(")")[2].split()[19]
    content = {"pid": os.getpid(), "started": started, "host": os.uname().nodename, "token": new_id(), "created_at": now()}
    os.write(descriptor, json.dumps(content).encode())
    os.close(descriptor)
    return path


def save(directory, record):
    os.makedirs(directory, mode=0o700, exist_ok=True)
    session_id = record["session_id"]
    lock_path = lock(directory, session_id)
    path = session_path(directory, session_id)
    is_replaced = os.path.lexists(path)
    temporary = os.path.join(directory, f".{session_id}.{new_id()[:8]}.tmp")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.write(descriptor, json.dumps(record, indent=2, ensure_ascii=False).encode())
    os.fsync(descriptor)
    os.close(descriptor)
    os.rename(temporary, path)
    descriptor = os.open(directory, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    os.unlink(lock_path)
    return is_replaced


def record_of(args, session_id, messages, usage, stop_reason):
    at = now()
    return {
        "session_id": session_id,
        "messages": messages,
        "input_tokens": usage[0],
        "output_tokens": usage[1],
        "version": 1,
        "created_at": at,
        "updated_at": at,
        "working_directory": os.getcwd(),
        "agent": args.agent,
        "model": args.model,
        "agent_session_id": None,
        "stop_reason": stop_reason,
        "usage_source": "words",
        "compacted_turns": 0,
        "interrupted_turns": 0,
    }


def list_sessions(args):
    ids, ignored = [], 0
    try:
        for entry in os.scandir(args.directory):
            if not entry.name.endswith(".json"):
                continue
            stem = entry.name[:-5]
            if entry.is_file(follow_symlinks=False) and stem[:1] != "." and all(c.isalnum() or c in "._-" for c in stem):
                ids.append(stem)
            else:
                ignored += 1
    except (FileNotFoundError, NotADirectoryError):
        pass
    ids.sort()
    details = []
    is_detailed = args.details or len(ids) <= 256
    if is_detailed:
        for session_id in ids:
            path = session_path(args.directory, session_id)
            with open(path, encoding="utf-8") as file:
                record = json.load(file)
            modified = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(os.stat(path).st_mtime))
            stop = record.get("stop_reason")
            details.append(
                {
                    "session_id": session_id,
                    "created_at": record.get("created_at"),
                    "last_modified": modified,
                    "prompt_count": len(record["messages"]),
                    "stopped": None if stop is None else stop != "completed",
                }
            )
    return respond(
        "list-sessions",
        {
            "sessions": ids,
            "count": len(ids),
            "directory": args.directory,
            "sessions_count": len(ids),
            "session_details": details,
            "details_omitted": not is_detailed,
            "ignored_entries": ignored,
        },
    )


def load_session(args):
    path = session_path(args.directory, args.session_id)
    with open(path, encoding="utf-8") as file:
        record = json.load(file)
    return respond(
        "load-session",
        {
            "session_id": args.session_id,
            "loaded": True,
            "messages_count": len(record["messages"]),
            "input_tokens": record["input_tokens"],
            "output_tokens": record["output_tokens"],
            "directory": args.directory,
            "path": path,
            "created_at": record.get("created_at"),
            "updated_at": record.get("updated_at"),
            "agent": record.get("agent"),
            "stop_reason": record.get("stop_reason"),
            "compacted_turns": record.get("compacted_turns", 0),
        },
    )


def delete_session(args):
    path = session_path(args.directory, args.session_id)
    is_there = os.path.lexists(path)
    if is_there:
        lock_path = lock(args.directory, args.session_id)
        os.unlink(path)
        os.unlink(lock_path)
    status = "deleted" if is_there else "not_found"
    payload = {"session_id": args.session_id, "deleted": is_there, "status": status, "directory": args.directory}
    return respond("delete-session", payload)


# --- turns -------------------------------------------------------------------------------------------------------------

def echo_output(prompt, commands, tools, denials):
    return "\n".join(
        [
            f"Prompt: {prompt}",
            f"Matched commands: {', '.join(commands) or 'none'}",
            f"Matched tools: {', '.join(tools) or 'none'}",
            f"Permission denials: {len(denials)}",
        ]
    )


class Session:
    """One run of the echo engine: messages, usage and the budget."""

    def __init__(self, budget, max_turns):
        self.messages, self.usage = [], (0, 0)
        self.budget, self.max_turns = 2000 if budget is None else budget, max_turns

    def turn(self, prompt, commands, tools, denials):
        output = echo_output(prompt, commands, tools, denials)
        usage = (self.usage[0] + len(words(prompt)), self.usage[1] + len(words(output)))
        if len(self.messages) >= self.max_turns:
            reason, output = "max_turns_reached", f"Max turns reached before processing prompt: {prompt}"
        elif sum(usage) > self.budget:
            reason = "max_budget_reached"
        else:
            reason, self.usage = "completed", usage
            self.messages.append(prompt)
        return output, reason


def usage_of(session):
    return {"input_tokens": session.usage[0], "output_tokens": session.usage[1]}


def turn_object(session, prompt, output, reason, denials, matched=None, took=0.0):
    turn = {"prompt": prompt, "output": output, "stop_reason": reason, "cancel_observed": False}
    if matched is not None:
        turn["matched_commands"], turn["matched_tools"] = matched
    turn.update(
        session_reusable=True,
        permission_denials=denials,
        usage=usage_of(session),
        duration_ms=int(took * 1000),
        agent_stop_reason=None,
        late_result=None,
    )
    return turn


def flush_transcript(args):
    session = Session(args.max_budget_tokens, 8)
    session_id = args.session_id or new_id()
    _, reason = session.turn(args.prompt, [], [], [])
    is_replaced = save(args.directory, record_of(args, session_id, session.messages, session.usage, reason))
    return respond(
        "flush-transcript",
        {
            "session_id": session_id,
            "path": session_path(args.directory, session_id),
            "flushed": True,
            "messages_count": len(session.messages),
            "input_tokens": session.usage[0],
            "output_tokens": session.usage[1],
            "directory": args.directory,
            "stop_reason": reason,
            "rejected": reason != "completed",
            "replaced": is_replaced,
            "usage_source": "words",
            "session_reusable": True,
            "interrupted": False,
            "interrupt_signal": None,
        },
        run_id=new_id(),
    )


def routed(args):
    commands, tools = load_inventory(args.inventory)
    matches = route(commands, tools, args.prompt, args.limit)
    allowed = {name.lower() for name in args.allow_tool}
    denials = [
        {
            "tool_name": row[0],
            "reason": f"shell execution is gated; allow it with --allow-tool {row[0]}",
        }
        for _, _, _, kind, row in matches
        if kind == "tool" and ("bash" in row[0].lower() or row[3] == "shell") and row[0].lower() not in allowed
    ]
    names = tuple([row[0] for _, _, _, kind, row in matches if kind == wanted] for wanted in ("command", "tool"))
    return matches, names, denials


def sentences(matches, wanted, text):
    return [
        f"{'Mirrored' if row[4] else 'Runnable'} {wanted} '{row[0]}' from {row[1]} would handle "
        f"{'prompt' if wanted == 'command' else 'payload'} '{text}'."
        for _, _, _, kind, row in matches
        if kind == wanted
    ]


def test_command():
    return "make test" if os.path.exists("Makefile") else "none"


def bootstrap(args):
    matches, names, denials = routed(args)
    session = Session(args.max_budget_tokens, 8)
    session_id = args.session_id or new_id()
    started = time.monotonic()
    output, reason = session.turn(args.prompt, *names, denials)
    turn = turn_object(session, args.prompt, output, reason, denials, took=time.monotonic() - started)
    save(args.directory, record_of(args, session_id, session.messages, session.usage, reason))
    return respond(
        "bootstrap",
        {
            "prompt": args.prompt,
            "limit": args.limit,
            "setup": {
                "python_version": "n/a",
                "implementation": sys.implementation.name,
                "platform_name": sys.platform,
                "test_command": test_command(),
                "runtime_version": sys.version.split()[0],
                "working_directory": os.getcwd(),
            },
            "routed_matches": shown_matches(matches),
            "command_execution_messages": sentences(matches, "command", args.prompt),
            "tool_execution_messages": sentences(matches, "tool", args.prompt),
            "turn": turn,
            "persisted_session_path": session_path(args.directory, session_id),
            "session_id": session_id,
            "agent": args.agent,
            "model": args.model,
            "usage": usage_of(session),
            "usage_source": "words",
            "permission_denials": denials,
            "compacted_turns": 0,
            "interrupted": False,
            "interrupt_signal": None,
        },
        run_id=new_id(),
    )


def turn_loop(args):
    _, names, denials = routed(args)
    session = Session(args.max_budget_tokens, args.max_turns)
    turns, reason = [], None
    for number in range(args.max_turns):
        prompt = args.prompt if number == 0 else args.continuation_prompt
        if prompt is None:
            break
        started = time.monotonic()
        output, reason = session.turn(prompt, *names, denials)
        turns.append(turn_object(session, prompt, output, reason, denials, names, time.monotonic() - started))
        if reason != "completed":
            break
    return respond(
        "turn-loop",
        {
            "prompt": args.prompt,
            "max_turns": args.max_turns,
            "turns_completed": len(turns),
            "timeout_seconds": args.timeout_seconds,
            "continuation_prompt": args.continuation_prompt,
            "turns": turns,
            "final_stop_reason": reason,
            "final_cancel_observed": False,
            "final_session_reusable": True,
            "session_id": args.session_id or new_id(),
            "persisted_session_path": None,
            "agent": args.agent,
            "model": args.model,
            "usage": usage_of(session),
            "usage_source": "words",
            "permission_denials": denials,
            "compacted_turns": 0,
            "grace_ms": args.grace_ms,
            "interrupted": False,
            "interrupt_signal": None,
        },
        run_id=new_id(),
    )


# --- rows --------------------------------------------------------------------------------------------------------------

def show(args):
    kind = args.command.partition("-")[2]
    row = find_row(load_inventory(args.inventory)[kind == "tool"], args.name)
    if row is None:
        error = failure(
            f"{kind}_not_found", "usage", f"resolve_{kind}", args.name,
            f"Unknown {kind}: {args.name}", f"run `parl {kind}s --query {args.name}`",
        )
        return respond(args.command, {"name": args.name, "found": False}, 1, error=error)
    name, hint, responsibility, row_kind, mirrored = row
    payload = {"name": name, "found": True, "source_hint": hint, "responsibility": responsibility}
    return respond(args.command, {**payload, "kind": row_kind, "mirrored": mirrored})


def execute(args):
    kind = args.command.partition("-")[2]
    field = "prompt" if kind == "command" else "payload"
    text = getattr(args, field)
    row = find_row(load_inventory(args.inventory)[kind == "tool"], args.name)
    name, hint, _, _, mirrored = row
    payload = {"name": name, field: text, "source_hint": hint}
    if mirrored:
        message = f"Mirrored {kind} '{name}' from {hint} would handle {field} '{text}'."
        return respond(args.command, {**payload, "handled": True, "message": message, "found": True}, run_id=new_id())
    reason = f"shell execution is gated; allow it with --allow-tool {name}"
    error = failure(
        "permission_denied", "policy", f"exec_{kind}", name,
        f"{kind} '{name}' is refused: {reason}", f"permit it with `--allow-tool {name}`",
    )
    denials = [{"tool_name": name, "reason": reason}]
    refused = {**payload, "handled": False, "found": True, "permission_denials": denials}
    return respond(args.command, refused, 1, run_id=new_id(), error=error)


def route_prompt(args):
    commands, tools = load_inventory(args.inventory)
    matches = shown_matches(route(commands, tools, args.prompt, args.limit))
    payload = {"prompt": args.prompt, "limit": args.limit, "match_count": len(matches), "matches": matches}
    return respond("route", payload)


def command_graph(args):
    commands, _ = load_inventory(args.inventory)
    of = {kind: [] for kind in ("builtin", "plugin", "skill")}
    for name, hint, _, kind, _ in commands:
        of[kind].append({"name": name, "source_hint": hint})
    return respond(
        "command-graph",
        {
            "builtins_count": len(of["builtin"]),
            "plugin_like_count": len(of["plugin"]),
            "skill_like_count": len(of["skill"]),
            "total_count": len(commands),
            "builtins": of["builtin"],
            "plugin_like": of["plugin"],
            "skill_like": of["skill"],
        },
    )


def tool_pool(args):
    tools = [{"name": row[0], "source_hint": row[1]} for row in load_inventory(args.inventory)[1]]
    return respond("tool-pool", {"simple_mode": False, "include_mcp": True, "tool_count": len(tools), "tools": tools})


def bootstrap_graph(args):
    note = "The stages always run in this order; how long each takes is measured only with --measure."
    return respond("bootstrap-graph", {"stages": STAGES, "note": note})


HANDLERS = {
    "list-sessions": list_sessions,
    "load-session": load_session,
    "delete-session": delete_session,
    "flush-transcript": flush_transcript,
    "show-command": show,
    "show-tool": show,
    "exec-command": execute,
    "exec-tool": execute,
    "route": route_prompt,
    "bootstrap": bootstrap,
    "command-graph": command_graph,
    "tool-pool": tool_pool,
    "bootstrap-graph": bootstrap_graph,
    "turn-loop": turn_loop,
}


def main(argv):
    args = build_parser().parse_args(argv)
    return HANDLERS[args.command](args)
