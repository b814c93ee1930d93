"""Pages of bringing in: upload, look, confirm, watch; and people by the paste. The same in the first run."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.access import Right, may, requires
from portal.accounts.views.welcome import after_step, first_steps
from portal.http import AuthenticatedHttpRequest
from portal.uploads import MEGABYTE, takes_uploads
from runbooks.importing import chosen, jobs, pasted_people, unpacking
from runbooks.importing.report import OUTCOMES
from runbooks.models import ImportJob

PER_PAGE = 100
SHOWN_JOBS = 20
#: Of one portion of a folder, as static/js/uploading.js cuts it.
_MOST_PATHS = 200
_ZIP = (".zip",)
_CHOOSE = "Choose a ZIP, files, or a folder first."


@require_safe
@requires(Right.IMPORT)
def overview(request: AuthenticatedHttpRequest) -> HttpResponse:
    rows = ImportJob.objects.exclude(state=ImportJob.State.RECEIVING).select_related("made_by")
    context = {"jobs": rows[:SHOWN_JOBS], "manages": may(request, Right.MANAGE_PEOPLE)}
    return render(request, "importing/overview.html", context)


@takes_uploads
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.IMPORT)
def runbooks(request: AuthenticatedHttpRequest) -> HttpResponse:
    return _upload(request, "runbooks", chosen.for_runbooks)


@takes_uploads
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.IMPORT)
def rules(request: AuthenticatedHttpRequest) -> HttpResponse:
    return _upload(request, "rules", chosen.for_rules)


def _upload(
    request: AuthenticatedHttpRequest,
    kind: str,
    choose: Callable[[HttpRequest], dict[str, Any]],
) -> HttpResponse:
    """The form; a ZIP or files, taken at once; or with `folder` the job that a folder is then added to."""
    if request.method != "POST":
        return _form(request, kind)
    files = [f for f in request.FILES.getlist("files") if isinstance(f, UploadedFile) and f.name]
    try:
        choices = choose(request)
    except chosen.Wrong as wrong:
        return _form(request, kind, problems=wrong.problems, status=422)
    folder = request.POST.get("folder", "").strip()
    if not files and not folder:
        return _form(request, kind, problems={"files": _CHOOSE}, status=422)
    name = folder or (files[0].name or "") + (f" and {len(files) - 1} more" if files[1:] else "")
    job = jobs.begin(kind=kind, name=name, by=request.user, choices=choices, now=timezone.now())
    if folder:
        return JsonResponse(
            {
                "files": reverse("importing:add_files", args=[job.pk]),
                "arrived": reverse("importing:arrived", args=[job.pk]),
                "page": reverse("importing:job", args=[job.pk]),
            }
        )
    try:
        _take(job, files)
        jobs.arrived(job, by=request.user)
    except (jobs.Refused, ValueError) as error:
        jobs.cancel(job, by=request.user, now=timezone.now())
        return _form(request, kind, problems={"files": str(error)}, status=422)
    return redirect("importing:job", job.pk)


def _take(job: ImportJob, files: list[UploadedFile[Any]]) -> None:
    """Raises Refused, ValueError."""
    zips = [file for file in files if (file.name or "").lower().endswith(_ZIP)]
    if zips and len(files) > 1:
        raise jobs.Refused("One ZIP at a time: it is looked at, confirmed, then the next.")
    for file in files:
        if not zips:
            jobs.add_file(job, file.name or "", file.chunks())
        elif isinstance(file, TemporaryUploadedFile):
            jobs.add_archive(job, file.temporary_file_path())
        else:
            jobs.add_archive(job, file.chunks())


def _form(
    request: AuthenticatedHttpRequest,
    kind: str,
    *,
    problems: dict[str, str] | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    if status != HTTPStatus.OK and request.headers.get("Accept") == "application/json":
        return JsonResponse({"problems": problems}, status=status)
    fresh = {"owner_name": request.user.username}
    latest = ImportJob.objects.filter(kind=kind).exclude(state=ImportJob.State.RECEIVING)
    context = {
        "typed": _typed(request) or fresh,
        "problems": problems or {},
        "latest": latest[:5],
        "most_mb": settings.IMPORT_MAX_MB,
        "most_bytes": settings.IMPORT_MAX_MB * MEGABYTE,
        "taken": " ".join(sorted(unpacking.TAKEN)),
        **_steps(request, kind),
    }
    return render(request, f"importing/{kind}.html", context, status=status)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What was sent, under the names by which a job keeps its choices."""
    if request.method != "POST":
        return {}
    return {"owner_name": request.POST.get("owner", ""), **request.POST.dict()}


def _steps(request: HttpRequest, key: str) -> dict[str, Any]:
    """What a step's page says of the first run, while that is under way."""
    shown = first_steps(request, key)
    here = next((one for one in shown if one.step.key == key), None)
    done = here is not None and here.step.done()
    return {
        "first_steps": shown,
        "step": key,
        "done": done,
        "last": bool(shown) and shown[-1] is here,
    }


@takes_uploads
@require_POST
@requires(Right.IMPORT)
def add_files(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """A portion of a folder: `files`, and in `paths` the path of each, as JSON. It may be sent again."""
    job = _mine(request, pk, ImportJob.State.RECEIVING)
    files = request.FILES.getlist("files")
    try:
        paths = json.loads(request.POST.get("paths", "[]"))
    except ValueError:
        paths = None
    if not isinstance(paths, list) or not len(paths) == len(files) <= _MOST_PATHS:
        return JsonResponse({"problem": "Files and paths do not fit together."}, status=400)
    wrong = []
    for file, path in zip(files, paths, strict=True):
        try:
            jobs.add_file(job, str(path), file.chunks())
        except ValueError as error:
            wrong.append(f"{path}: {error}")
    return JsonResponse({"wrong": wrong})


@require_POST
@requires(Right.IMPORT)
def arrived(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    job = _mine(request, pk, ImportJob.State.RECEIVING)
    try:
        jobs.arrived(job, by=request.user)
    except jobs.Refused as error:
        return JsonResponse({"problem": str(error)}, status=422)
    return JsonResponse({"page": reverse("importing:job", args=[job.pk])})


@require_safe
@requires(Right.IMPORT)
def job(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """What would happen, is happening or has happened. While it moves, htmx asks every second."""
    found = get_object_or_404(ImportJob.objects.select_related("made_by", "confirmed_by"), pk=pk)
    return _job(request, found)


def _job(
    request: AuthenticatedHttpRequest,
    found: ImportJob,
    *,
    problems: dict[str, str] | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    fragment = bool(request.htmx) and found.moves
    context: dict[str, Any] = {
        "job": found,
        "problems": problems or {},
        "waited": (timezone.now() - (found.confirmed_at or found.created_at)).total_seconds(),
    }
    if not fragment:
        chosen_outcome = request.GET.get("outcome", "")
        rows = found.files.all()
        if chosen_outcome:
            rows = rows.filter(outcome=chosen_outcome)
        context |= {
            "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
            "outcome": chosen_outcome,
            "files_gone": found.ended and any(found.counts.values()) and not found.files.exists(),
            "outcomes": [(o, found.counts[o]) for o in OUTCOMES if found.counts.get(o)],
            "brings": sum(found.counts.get(o, 0) for o in ("created", "changed", "proposed")),
            "typed": _typed(request) or found.choices,
            **_steps(request, found.kind),
        }
    if request.htmx and not found.moves:
        # What was polled for is over: the whole page has more to say.
        answer = HttpResponse(status=286)
        answer["HX-Redirect"] = reverse("importing:job", args=[found.pk])
        return answer
    template = "importing/_progress.html" if fragment else "importing/job.html"
    return render(request, template, context, status=status)


@takes_uploads
@require_POST
@requires(Right.IMPORT)
def look_again(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    found = _mine(request, pk)
    choose = chosen.for_rules if found.kind == "rules" else chosen.for_runbooks
    try:
        return _did(request, found, lambda: jobs.look_again(found, choices=choose(request)))
    except chosen.Wrong as wrong:
        return _job(request, found, problems=wrong.problems, status=422)


@require_POST
@requires(Right.IMPORT)
def confirm(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """With `publish` it goes live in this person's name; else there will be proposals."""
    found = _mine(request, pk)
    choices = {"publish": "publish" in request.POST}
    now = timezone.now()
    return _did(
        request, found, lambda: jobs.confirm(found, by=request.user, choices=choices, now=now)
    )


@require_POST
@requires(Right.IMPORT)
def try_again(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    found = _mine(request, pk)
    return _did(request, found, lambda: jobs.try_again(found))


@require_POST
@requires(Right.IMPORT)
def cancel(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    found = _mine(request, pk)
    return _did(request, found, lambda: jobs.cancel(found, by=request.user, now=timezone.now()))


def _mine(request: AuthenticatedHttpRequest, pk: int, state: str = "") -> ImportJob:
    """Whoever may import may go on with what a colleague began; files are added by who began it."""
    rows = ImportJob.objects.select_related("made_by", "confirmed_by")
    if state:
        rows = rows.filter(state=state, made_by=request.user)
    return get_object_or_404(rows, pk=pk)


def _did(
    request: AuthenticatedHttpRequest, found: ImportJob, act: Callable[[], None]
) -> HttpResponse:
    try:
        act()
    except jobs.Refused as error:
        messages.error(request, str(error))
    return redirect("importing:job", found.pk)


@takes_uploads
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.IMPORT)
def people(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Lines or a CSV; each new person gets a mail to set a password."""
    manages = may(request, Right.MANAGE_PEOPLE)
    context: dict[str, Any] = {"manages": manages, "typed": ""}
    status = HTTPStatus.OK
    if request.method == "POST":
        text, problem = _pasted(request)
        context["typed"] = text
        if problem:
            context["problem"], status = problem, HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            told = pasted_people.invite(text, by=request.user, may_give_roles=manages)
            missed = told.refused or told.unreached or told.unreachable
            if not missed and first_steps(request, "people"):
                messages.success(request, _invited(told))
                return after_step(request, "people") or redirect("importing:people")
            # What could not be read stays in the field, to be mended and sent again.
            context |= {
                "told": told,
                "typed": "\n".join(line for _, line, _ in told.refused if line),
            }
    context |= _steps(request, "people")
    return render(request, "importing/people.html", context, status=status)


def _pasted(request: HttpRequest) -> tuple[str, str]:
    """The text, and what is wrong with it."""
    text = request.POST.get("people", "").strip()
    file = request.FILES.get("file")
    if isinstance(file, UploadedFile) and file.name:
        if (file.size or 0) > MEGABYTE:
            return text, "A list of people is never larger than 1 MB."
        try:
            text = f"{file.read().decode('utf-8-sig')}\n{text}".strip()
        except UnicodeDecodeError:
            return text, f"{file.name} is not UTF-8: save it as CSV in UTF-8, or paste its lines."
    return text, "" if text else "Write a line for each person, or choose a file."


def _invited(told: pasted_people.Invited) -> str:
    count = len(told.made)
    return f"{count} {'person is' if count == 1 else 'people are'} invited, each by a mail to set a password."
