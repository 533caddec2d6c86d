# The site, the worker and an embedded MongoDB in one container; with MONGODB_URI, without the latter.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install --yes --no-install-recommends libcurl4 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /anipic
COPY pyproject.toml requirements.lock README.md ./
# torch first, from the index that has it without CUDA: 0.2 GB instead of 3.
RUN pip install --no-cache-dir torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu \
    && pip install --no-cache-dir --constraint requirements.lock ".[embedded]"
COPY . .
ENV HOST=0.0.0.0 VAR_ROOT=/var/lib/anipic
VOLUME /var/lib/anipic
EXPOSE 8000
CMD ["python", "-m", "anipic_site.run"]
