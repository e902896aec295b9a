# The operator's image: `docker build .`, `buildah bud .`, or, where there is no registry, hack/image.
ARG BUILD_BASE=docker.io/library/debian:bookworm-slim

FROM ${BUILD_BASE} AS build
WORKDIR /src
# What the compiler needs, in a layer of its own: a change of a source file does not install it again.
COPY hack/lib.sh hack/build hack/
RUN hack/build --packages && apt-get clean
COPY . .
# The cache makes the second build a short one.
RUN --mount=type=cache,target=/root/.cache/ccache \
    CCACHE_BASEDIR=/src cmake --preset release -DBUILD_TESTING=OFF -DDSO_BUILD_EXAMPLES=OFF \
 && CCACHE_BASEDIR=/src cmake --build --preset release --target deepseek-operator
RUN hack/image.d/root-file-system build/release/deepseek-operator /image

FROM scratch
COPY --from=build /image/ /
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="deepseek-operator" \
      org.opencontainers.image.description="Raises the floor of a HorizontalPodAutoscaler before the traffic comes" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="https://github.com/deepseek-operator/deepseek-operator" \
      org.opencontainers.image.licenses="Apache-2.0"
USER 65532:65532
EXPOSE 8080 9090
ENTRYPOINT ["/usr/bin/deepseek-operator"]
