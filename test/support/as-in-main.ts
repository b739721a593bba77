// What src/main.ts sets for the whole process, for tests that run its parts in their own.
import events from 'node:events';

events.setMaxListeners(0);
