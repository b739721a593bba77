// An answer whose headers are there at once and whose body comes later.

export class LateBody {
  readonly body: Promise<object>;

  constructor(body: Promise<object>) {
    this.body = body;
  }
}
