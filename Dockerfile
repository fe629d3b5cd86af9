# The app as an image, with what the lock file names and nothing else: docs/deploy.md.
FROM python:3.11-slim-bookworm

# Not root. The number is fixed so that the owner of a mounted folder can be set: chown 10001.
RUN useradd --uid 10001 --create-home cnn \
    && install -d -o cnn -g cnn /data /data/runs /data/datasets

WORKDIR /app
# Before the code: a change of the code does not install the packages again.
COPY requirements.lock .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

COPY .streamlit/config.toml .streamlit/config.toml
COPY app.py LICENSE ./
COPY cnn cnn
COPY ui ui
COPY pages pages

USER cnn
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CNN_RUNS=/data/runs \
    CNN_DATASETS=/data/datasets
VOLUME /data
EXPOSE 8501

# At a path prefix the server gets it in this variable, and so does the check.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import os, urllib.request as r; r.urlopen('/'.join(filter(None, ['http://127.0.0.1:8501', os.environ.get('STREAMLIT_SERVER_BASE_URL_PATH', '').strip('/'), '_stcore/health'])), timeout=4)"]

CMD ["python", "-m", "streamlit", "run", "app.py", \
    "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true", \
    "--browser.serverAddress=localhost"]
