# The program in the pod: everything it needs to bring a model, and nothing that builds or installs.
#   scripts/build image [--tag TAG] [--platform linux/amd64,linux/arm64] [--build-arg BASE=IMAGE]
# BASE is any image with python3, of 3.11 or later, and its venv; both stages stand on the same.
ARG BASE=python:3.13-slim-trixie

# What is installed, each distribution held against its hash. It changes when constraints/ do: a layer of its own.
FROM ${BASE} AS dependencies
COPY constraints/image.txt constraints/build.txt /constraints/
# /tools builds and installs and stays behind. The secrets are for a mirror: its address, and the authority it is known by.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca.pem,target=/run/secrets/ca.pem \
    { [ ! -s /run/secrets/ca.pem ] || export PIP_CERT=/run/secrets/ca.pem; } \
    && python3 -m venv /tools \
    && /tools/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r /constraints/build.txt \
    && python3 -m venv --without-pip /opt/mr-client \
    && /tools/bin/python -m pip --python /opt/mr-client/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --no-compile -r /constraints/image.txt
# Compiled once, here: nobody can write beside the sources later. Unchecked, for a file's time may change on its way.
RUN --mount=type=bind,source=scripts/lean.py,target=/lean.py \
    python3 /lean.py /opt/mr-client \
    && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/mr-client/lib

FROM dependencies AS program
COPY pyproject.toml README.md LICENSE /source/
COPY src /source/src
COPY generated /source/generated
ARG VERSION=unknown
RUN /tools/bin/python -m pip wheel --no-cache-dir --disable-pip-version-check \
        --no-deps --no-build-isolation --wheel-dir /wheel /source \
    && /tools/bin/python -m pip --python /opt/mr-client/bin/python install --no-cache-dir --disable-pip-version-check \
        --no-deps --no-index --no-compile --prefix /program /wheel/*.whl \
    && python3 -m compileall -q --invalidation-mode unchecked-hash -s /program -p /opt/mr-client /program/lib \
    && { [ "${VERSION}" = unknown ] || [ -e "/wheel/mr_client-${VERSION}-py3-none-any.whl" ] \
        || { echo "VERSION is ${VERSION}, and the sources are of another: $(ls /wheel)" >&2; exit 1; }; }

FROM ${BASE}
# The base's own pip, and its modules compiled: slim images come without, and would do it anew at each start.
RUN stdlib=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))') \
    && rm -rf "${stdlib}"/ensurepip "${stdlib}"/site-packages/pip* /usr/local/bin/pip* /usr/share/python-wheels \
    && python3 -m compileall -q -f -j 0 --invalidation-mode unchecked-hash \
        -x '/(site-packages|dist-packages|idlelib|lib2to3|pydoc_data|test|tests|tkinter|turtledemo)/' "${stdlib}"
COPY --from=dependencies /opt/mr-client /opt/mr-client
COPY --from=program /program /opt/mr-client
ENV PATH=/opt/mr-client/bin:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="mr-client" \
    org.opencontainers.image.description="From a name in a model registry to verified files in a folder." \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"
# As a number, which runAsNonRoot can check; 1000 is KServe's own. Any other will do, too: nothing is its.
USER 1000:1000
ENTRYPOINT ["mr-storage-initializer"]
