#!/usr/bin/env python3
"""Makes the data of one version of the server, and what it answered: make.py SERVER sqlite|CONNECTION FOLDER

SERVER is the built program of that version. FOLDER gets data.tar.gz (the server's data folder) and answers.json.gz. A PostgreSQL database is dumped by pg_dump, see README.md.
"""
import gzip, json, os, re, secrets, subprocess, sys, tarfile, tempfile, time, urllib.error, urllib.request

server, database, folder = sys.argv[1:]
port = 21000 + os.getpid() % 1000
data = tempfile.mkdtemp()
log = open(os.path.join(data, "..", f"log-{port}"), "w+")
secret = secrets.token_hex(32)
process = subprocess.Popen([server], stdout=log, stderr=log, env={
    **os.environ, "PADDOCK_BIND": f"127.0.0.1:{port}", "PADDOCK_DATA": data, "PADDOCK_DATABASE": database,
    "PADDOCK_SECRET_KEY": secret, "PADDOCK_CONSOLE_URL": "http://localhost:3000", "PADDOCK_RATE_LIMITS": "off",
    "PADDOCK_FIRST_ADMIN": "signup", "PADDOCK_ANONYMOUS_JOBS": "on", "PADDOCK_ANONYMOUS_PUSHES": "on"})


def call(method, path, body=None, token=None, expect=(200, 201, 202, 204)):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", None if body is None else json.dumps(body).encode(), headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    if expect and status not in expect:
        raise SystemExit(f"{method} {path}: {status} {text.decode()}")
    try:
        return status, json.loads(text) if text else None
    except ValueError:
        return status, None


def sign_up(name, email):
    call("POST", "/v0/auth/signup", {"name": name, "email": email, "i_agree": True})
    log.flush()
    text = open(log.name).read()
    token = re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", text)[-1]
    return call("POST", "/v0/auth/confirm", {"token": token})[1]["token"]


for _ in range(200):
    try:
        call("GET", "/v0/server/version")
        break
    except urllib.error.URLError:
        time.sleep(0.1)

admin = sign_up("Ada Admin", "ada@example.com")
sign_up("Bob Reader", "bob@example.com")
key = call("POST", "/v0/users/ada-admin/keys", {"name": "Kept"}, admin)[1]["key"]
call("POST", "/v0/organizations/ada-admin/projects", {"name": "Parser", "slug": "parser"}, admin)
call("POST", "/v0/organizations/ada-admin/projects", {"name": "Open Data", "slug": "open-data", "visibility": "public"}, admin)

series = [(29.0 + 0.1 * (i % 5) if i < 12 else 41.0 + 0.1 * (i % 3)) for i in range(18)]
for i, value in enumerate(series):
    results = json.dumps({name: {"latency": {"value": value * scale, "lower_value": value * scale - 1, "upper_value": value * scale + 1},
                                 "throughput": {"value": 1e6 / value}}
                          for name, scale in (("parse", 1), ("print/äöü", 7), ("crate::sort[n=10]", 0.01))})
    call("POST", "/v0/run", {
        "project": "parser" if i % 3 else "open-data", "branch": "main", "testbed": "rig", "hash": f"{i:040x}",
        "start_time": f"2026-10-{i + 1:02}T10:00:00Z", "end_time": f"2026-10-{i + 1:02}T10:01:00Z", "results": [results],
        "thresholds": {"models": {"latency": {"test": "percentage", "min_sample_size": 2, "upper_boundary": 0.2}}}}, admin)
call("POST", "/v0/run", {"project": "parser", "branch": "feature", "start_point": {"branch": "main"}, "testbed": "rig",
                         "start_time": "2026-10-28T10:00:00Z", "end_time": "2026-10-28T10:01:00Z",
                         "results": ['{"parse": {"latency": {"value": 90.0}}}']}, admin)
alerts = call("GET", "/v0/projects/parser/alerts?per_page=255", None, admin)[1]
call("PATCH", f"/v0/projects/parser/alerts/{alerts[0]['uuid']}", {"status": "dismissed"}, admin)
call("POST", "/v0/specs", {"name": "Small", "os": "linux", "architecture": "x86_64", "cpu": 1, "memory": 1 << 30, "disk": 1 << 30,
                           "network": False}, admin, expect=None)
call("POST", "/v0/runners", {"name": "Rig"}, admin)
call("POST", "/v0/runners/rig/specs", {"spec": "small"}, admin)
call("POST", "/v0/run", {"project": "parser", "branch": "main", "testbed": "rig", "hash": f"{99:040x}",
                         "start_time": "2026-10-30T10:00:00Z", "end_time": "2026-10-30T10:00:00Z", "results": [],
                         "job": {"image": "parser@sha256:" + "0123456789abcdef" * 4, "spec": "small", "cmd": ["./bench", "--all"],
                                 "env": {"TOKEN": "kept until it runs"}}}, admin)
for nouns in ("branches", "testbeds", "benchmarks", "measures"):
    first = call("GET", f"/v0/projects/parser/{nouns}", None, admin)[1][0]
    call("PATCH", f"/v0/projects/parser/{nouns}/{first['slug']}", {"name": first["name"] + " renamed"}, admin, expect=None)
call("POST", "/v0/projects/parser/branches", {"name": "old", "slug": "old"}, admin)
call("PATCH", "/v0/projects/parser/branches/old", {"archived": True}, admin, expect=None)

paths = ["/v0/organizations", "/v0/organizations/ada-admin", "/v0/organizations/ada-admin/members", "/v0/organizations/ada-admin/projects",
         "/v0/projects", "/v0/users/ada-admin", "/v0/users/ada-admin/keys", "/v0/users/bob-reader", "/v0/specs", "/v0/runners", "/v0/runners/rig"]
for project in ("parser", "open-data"):
    root = f"/v0/projects/{project}"
    nouns = ("reports", "branches", "testbeds", "benchmarks", "measures", "thresholds", "alerts", "plots", "jobs")
    paths += [root] + [f"{root}/{noun}?per_page=255" for noun in nouns] + [f"{root}/branches?archived=true"]
    for noun in nouns:
        for one in (call("GET", f"{root}/{noun}?per_page=255", None, admin)[1] or [])[:6]:
            paths.append(f"{root}/{noun}/{one['uuid']}")
    ids = {noun: ",".join(one["uuid"] for one in call("GET", f"{root}/{noun}?per_page=255", None, admin)[1]) for noun in nouns[1:5]}
    paths.append(f"{root}/perf?branches={ids['branches']}&testbeds={ids['testbeds']}&benchmarks={ids['benchmarks']}&measures={ids['measures']}")
answers = []
for path in paths:
    answers.append({"path": path, "body": call("GET", path, None, key)[1]})
process.terminate()
process.wait()
with gzip.open(os.path.join(folder, "answers.json.gz"), "wt") as file:
    made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    json.dump({"secret": secret, "key": key, "made": made, "answers": answers}, file, ensure_ascii=False)
with tarfile.open(os.path.join(folder, "data.tar.gz"), "w:gz") as tar:
    for name in sorted(os.listdir(data)):
        tar.add(os.path.join(data, name), name)
print(f"{len(answers)} answers")
