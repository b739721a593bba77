// What a Docker client is told when a request cannot be carried out.

export class Refusal extends Error {
  readonly status: number;

  /** The status is 404 only where a thing is known not to exist: a client pulls an image at that, and scripts go on. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
