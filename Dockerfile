# One image that runs any of the processes; docker-compose.yml names them.
FROM node:24-slim AS assets
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/app/var
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock
COPY . .
COPY --from=assets /app/node_modules ./node_modules
# What is collected here depends on no secret, and production's settings ask for all of them.
RUN python tools/assets.py --copy && rm -rf node_modules \
    && DJANGO_SETTINGS_MODULE=signalhub.settings.image python manage.py collectstatic --noinput \
    && useradd --system --uid 10001 --home-dir /app signalhub \
    && mkdir -p var/script-cache && chown signalhub var/script-cache
USER signalhub
EXPOSE 8000
CMD ["python", "-m", "signalhub.serving", "live", "--host", "0.0.0.0", "--port", "8000"]
