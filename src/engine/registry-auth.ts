/** The value of X-Registry-Auth: base64url with padding (Engine API: Authentication). Engines read neither `+` nor `/`. */
export const registryAuth = (auth: object): string =>
  Buffer.from(JSON.stringify(auth)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
