"""What the rules beside this file find, and what they let pass; never imported, never run."""


def wrong(request, cursor, log, user, token, given, name, model, context):
    # ruleid: shell
    subprocess.run(name, shell=True)
    # ruleid: shell
    os.system(name)
    # ruleid: code-from-text
    eval(name)
    # ruleid: code-from-text
    pickle.loads(name)
    # ruleid: past-the-guarded-fetcher
    httpx.get(name)
    # ruleid: past-the-guarded-fetcher
    urllib.request.urlopen(name)
    # ruleid: no-proof-of-the-other-side
    fetch(name, verify=False)
    # ruleid: no-proof-of-the-other-side
    context.check_hostname = False
    # ruleid: sql-beside-the-base
    model.objects.raw(name)
    # ruleid: sql-beside-the-base
    cursor.execute(f"SELECT {name}")
    # ruleid: trusted-text
    mark_safe(name)
    # ruleid: secret-by-chance
    random.choice(name)
    # ruleid: compared-in-the-open
    if token == given:
        pass
    # ruleid: compared-in-the-open
    if user.secret != given.secret:
        pass
    # ruleid: said-in-a-log
    log.info("looked at %s", url)
    # ruleid: said-in-a-log
    log.warning("refused %s", user.email)
    # ruleid: said-in-an-error
    raise ValueError(f"no such person: {user.email}")


def led(request):
    # ruleid: sent-elsewhere
    return redirect(request.GET["next"])


def read(request):
    # ruleid: file-of-a-caller
    return open(request.GET["file"])


# ruleid: forged-from-elsewhere
@csrf_exempt
def take(request):
    pass


def right(request, cursor, log, user, token, given, name, job):
    # ok: shell
    subprocess.run([name])
    # ok: past-the-guarded-fetcher
    fetching.get(name)
    # ok: no-proof-of-the-other-side
    fetch(name, verify=True)
    # ok: sql-beside-the-base
    cursor.execute("SELECT %s", [name])
    # ok: secret-by-chance
    secrets.choice(name)
    # ok: compared-in-the-open
    if hmac.compare_digest(token, given):
        pass
    # ok: compared-in-the-open
    if token == "":
        pass
    # ok: said-in-a-log
    log.info("job %s failed (%s)", job.name, error.code)
    # ok: said-in-an-error
    raise ValueError(f"want at most {most} files")


def led_right(request):
    # ok: sent-elsewhere
    return redirect("case")


def read_right(request):
    # ok: file-of-a-caller
    return Path(FOLDER) / str(int(request.GET["number"]))
