/** Variables that would lead a Docker client elsewhere, or to TLS, or to a version that the engine may not have. */
export const OTHER_WAYS = [
  'DOCKER_API_VERSION',
  'DOCKER_CERT_PATH',
  'DOCKER_CONTEXT',
  'DOCKER_TLS',
  'DOCKER_TLS_VERIFY',
] as const;
