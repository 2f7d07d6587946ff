# One image for web, worker, cron and the migrations; docker-compose.yml gives each its command.

# ── Wheels: exactly what requirements.txt pins, checked against its hashes ──
FROM python:3.12-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/tintype
COPY requirements.txt requirements-observe.txt ./
# Sentry and OpenTelemetry, for who wants them: --build-arg OBSERVE=true
ARG OBSERVE=false
# Wheels alone: nothing is compiled here, so nothing that compiles is needed.
RUN /opt/tintype/bin/pip install --require-hashes --only-binary :all: --requirement requirements.txt \
    && if [ "$OBSERVE" = true ]; then \
        /opt/tintype/bin/pip install --require-hashes --only-binary :all: --requirement requirements-observe.txt; fi \
    && /opt/tintype/bin/pip uninstall --quiet --yes pip

# ── The image: Python, the packages, the application ──
FROM python:3.12-slim
ENV PATH=/opt/tintype/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONFAULTHANDLER=1 \
    # Threads that each keep an arena cost more memory than they save time.
    MALLOC_ARENA_MAX=2
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tintype
WORKDIR /srv/tintype
COPY --from=packages /opt/tintype /opt/tintype
COPY cron.py wsgi.py gunicorn.conf.py ./
COPY migrations migrations
COPY static static
COPY templates templates
COPY demo demo
COPY jobs jobs
COPY webapp webapp
# Compiled here, because nobody may write there later.
RUN python -m compileall -q cron.py wsgi.py migrations demo jobs webapp
USER tintype
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --start-interval=2s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# One listening socket for all workers (no --reuse-port): what waits in it outlives a worker that is replaced.
CMD ["gunicorn", "wsgi:app", "--bind", "0.0.0.0:8000", "--worker-class", "gevent", "--workers", "2", \
     "--worker-connections", "4000", "--graceful-timeout", "25", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
