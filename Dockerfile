# The programs on Debian's own libraries: docker build -t everai_exporter . (docs/deployment.md has the rest).
# Nothing is downloaded but Debian's packages.

FROM debian:trixie-slim AS build
WORKDIR /build
# By itself, so that a changed source does not install the compiler anew.
COPY scripts/install-deps scripts/
RUN scripts/install-deps --build
COPY . .
RUN cmake --preset release && \
    cmake --build --preset release && \
    DESTDIR=/image cmake --install build/release --prefix /usr/local --strip

FROM debian:trixie-slim
# The authorities, and just the libraries that the programs name; tests/deploy/test_image.py compares.
RUN apt-get update && \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ca-certificates \
      libc6 \
      libcpp-httplib0.18 \
      libcurl4t64 \
      libfmt10 \
      libgcc-s1 \
      libprometheus-cpp-core1.0 \
      libsimdjson25 \
      libspdlog1.15 \
      libssl3t64 \
      libstdc++6 \
      libyaml-cpp0.8 && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/* \
      /var/log/apt /var/log/*.log && \
    install -d -o 65534 -g 65534 -m 0750 /var/lib/everai_exporter
COPY --from=build /image/usr/local/bin/ /usr/local/bin/

# As in CMakeLists.txt; the build fails if it is not, or if a program misses a library.
ARG VERSION=0.1.0
RUN for program in /usr/local/bin/everai_*; do \
      "$program" --version | grep -F "$VERSION" || exit 1; \
    done

LABEL org.opencontainers.image.title="everai_exporter" \
      org.opencontainers.image.description="Prometheus exporter for apps on the EverAI serverless GPU platform" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.url="https://everai-exporter.example" \
      org.opencontainers.image.source="https://everai-exporter.example" \
      org.opencontainers.image.documentation="https://everai-exporter.example"

# nobody, by number: Kubernetes cannot tell of a name that it is not root.
USER 65534:65534
EXPOSE 10880
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["everai_exporter", "--web.check-health"]
ENTRYPOINT ["everai_exporter"]
