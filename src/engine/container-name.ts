// What a container is called: links of other containers to it are among its names.

/** Without the slash; the beginning of its id where it has no name. */
export function containerName({ Names, Id }: { Names?: readonly string[] | null | undefined; Id: string }): string {
  const own = Names?.find((name) => name.lastIndexOf('/') <= 0) ?? Names?.[0];
  return own?.replace(/^\//, '') || Id.slice(0, 12);
}
