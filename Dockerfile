# Steward in a container: there is nothing to build, Node runs the TypeScript. docs/OPERATING.md tells how to run it.
FROM node:24.21.0-trixie-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No production dependency needs its install script, and the Node that npm scripts bring along is here already.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM node:24.21.0-trixie-slim
ENV NODE_ENV=production DATA_DIR=/data HEALTH_CHECK_HOST=0.0.0.0 HEALTH_CHECK_PORT=3000
# In a container of 512 MiB Node would keep a fraction of what src/limitHeap.ts asks for, and collect garbage all the time.
ENV NODE_OPTIONS=--max-semi-space-size=8
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
# Readable by the bot, whatever the umask was where they were checked out.
COPY --chmod=755 package.json sapphire.config.ts LICENSE ./
COPY --chmod=755 migrations migrations
COPY --chmod=755 src src
# All of /app belongs to root; this folder alone is the bot's. By number, so that Kubernetes knows that it is not root.
RUN install -d -o 1000 -g 1000 -m 0700 /data
USER 1000:1000
VOLUME /data
EXPOSE 3000
# Of the process, not of Discord: whoever restarts what is unhealthy should not do so because Discord is away.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10m --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.HEALTH_CHECK_PORT + '/alive').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself gets the signals, and the tools can be run: docker run … steward src/doctor.ts
STOPSIGNAL SIGTERM
ENTRYPOINT ["node"]
CMD ["src/main.ts"]
