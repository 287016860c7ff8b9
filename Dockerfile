# The base image is pinned by the digest of its index, so that two builds have the same base. To renew it, put the
# version and the digest here that `docker buildx imagetools inspect node:24-bookworm-slim` prints.
ARG NODE=node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Scripts are off because `prepare` would build sources that are not copied yet.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build

# The Dropbox simulator, for a first try without Dropbox. `docker build` without a target does not build it.
FROM build AS simulator
USER 1000:1000
CMD ["node", "dist/sandbox/main.js", "dropbox", "--port", "8100", "--team", "demo"]

FROM build AS production
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund
# Temporal's SDK brings its native part for five platforms. One of them is the image's.
RUN find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
  ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM ${NODE}
# The SDK's native part needs the system's CA certificates for TLS to Temporal Cloud.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
# The C library would keep freed memory in an arena for each thread: 30 MB more.
ENV NODE_ENV=production ADMIN_PORT=9464 MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=production /app/package.json ./
COPY --from=production /app/node_modules ./node_modules
COPY --from=production /app/bin ./bin
COPY --from=production /app/dist/src ./dist/src
COPY --from=production /app/dist/workflow-bundle.js ./dist/
RUN ln -s /app/bin/dropbox-teams.js /usr/local/bin/dropbox-teams
# The image's user `node`, by number, since Kubernetes can't know that a name is not root. It owns no file of the image,
# and the worker writes none: the root file system can be read-only.
USER 1000:1000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ADMIN_PORT}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# As `npm run worker`: 100 MB less on Node 24, for 8 % more processor time.
CMD ["node", "--max-semi-space-size=16", "dist/src/worker.js"]
