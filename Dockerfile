# One image for web, worker and beat. docker-compose.yml runs it; docs/running.md explains.
FROM python:3.13.5-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements/run.txt /tmp/run.txt
RUN /opt/venv/bin/pip install --quiet --require-hashes --no-deps --only-binary :all: -r /tmp/run.txt
WORKDIR /srv/drillbook
COPY manage.py ./
COPY portal portal
COPY runbooks runbooks
COPY drills drills
COPY templates templates
COPY static static
# DATA_DIR and the key are for this step alone; neither is in the image.
RUN DATA_DIR=/tmp/build SECRET_KEY=for-collectstatic STATIC_ROOT=/srv/static \
    /opt/venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && /opt/venv/bin/python -m compileall -q portal runbooks manage.py

FROM python:3.13.5-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin drillbook \
    && install -d -o drillbook -g drillbook -m 750 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv /srv
WORKDIR /srv/drillbook
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data STATIC_ROOT=/srv/static PORT=8000 BIND=0.0.0.0:8000
USER drillbook
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 CMD ["python", "-m", "portal.probe"]
CMD ["python", "-m", "portal.serving"]
