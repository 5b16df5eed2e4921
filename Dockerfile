# syntax=docker/dockerfile:1
FROM node:20-bookworm-slim AS build
# CPU and WebGPU come with the package; its script would fetch CUDA binaries from the open internet.
ENV ONNXRUNTIME_NODE_INSTALL=skip
WORKDIR /app
# The packages in a layer of their own: sources change more often. Without src/ there is nothing to build yet.
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
ENV NODE_ENV=production
RUN useradd --system --user-group --create-home --home-dir /var/lib/kvtide --shell /usr/sbin/nologin kvtide
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/bin ./bin
COPY --from=build /app/proto ./proto
COPY --from=build /app/models ./models
USER kvtide
VOLUME /var/lib/kvtide
# gRPC, and /metrics for Prometheus
EXPOSE 4600 9600
# Right for a coordinator; docker-compose.yml has another one for workers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["node", "/app/bin/kvtide.js", "status", "--cluster", "127.0.0.1:4600"]
ENTRYPOINT ["node", "/app/bin/kvtide.js"]
CMD ["coordinator", "--listen", "127.0.0.1:4600", "--data-dir", "/var/lib/kvtide/data"]
