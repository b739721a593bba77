import { BeltError } from '../errors.ts';

/** The user said no to a question. The command ends as with an error but does not report one: it is what the user wants. */
export class Declined extends BeltError {
  constructor() {
    super('nothing was changed');
  }
}
