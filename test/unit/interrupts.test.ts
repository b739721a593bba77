import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Interrupted } from '../../src/errors.ts';
import { Interrupts } from '../../src/interrupts.ts';

describe('interrupts', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start() {
    let stops = 0;
    const interrupts = new Interrupts(() => stops++, Date.now);
    return { interrupts, stops: () => stops };
  }

  test('the first that no handler takes aborts the signal', () => {
    const { interrupts, stops } = start();
    interrupts.raise('SIGINT');
    expect(interrupts.signal.reason).toBeInstanceOf(Interrupted);
    expect(interrupts.signal.reason).toMatchObject({ message: 'interrupted', exitCode: 130 });
    expect(stops()).toBe(0);
  });

  test('the second ends the process at once', () => {
    const { interrupts, stops } = start();
    interrupts.raise('SIGINT');
    interrupts.raise('SIGTERM');
    expect(stops()).toBe(1);
  });

  test('handlers take it instead, each told which it is', () => {
    const { interrupts } = start();
    const told: string[] = [];
    interrupts.on((signal) => told.push(`a ${signal}`));
    const forget = interrupts.on((signal) => told.push(`b ${signal}`));
    forget();
    forget();
    interrupts.raise('SIGHUP');
    expect(told).toEqual(['a SIGHUP']);
    expect(interrupts.signal.aborted).toBe(false);
  });

  test('a handler may take itself away', () => {
    const { interrupts } = start();
    const told: string[] = [];
    const forget = interrupts.on(() => {
      told.push('a');
      forget();
    });
    interrupts.on(() => told.push('b'));
    interrupts.raise('SIGINT');
    expect(told.toSorted()).toEqual(['a', 'b']);
  });

  test('a reader that went away ends the process when nothing is to be told', () => {
    const { interrupts, stops } = start();
    interrupts.raise('SIGPIPE');
    expect(stops()).toBe(1);
  });

  test('a reader that went away ends the process soon, whatever a handler still waits for', () => {
    const { interrupts, stops } = start();
    interrupts.on(() => {});
    interrupts.raise('SIGPIPE');
    interrupts.raise('SIGPIPE');
    expect(stops()).toBe(0);
    vi.advanceTimersByTime(3_000);
    expect(stops()).toBeGreaterThan(0);
  });

  describe('that are passed on', () => {
    test('reach the other side each, and do not end the process', () => {
      const { interrupts, stops } = start();
      const told: string[] = [];
      interrupts.forward((signal) => told.push(signal));
      const signals = ['SIGINT', 'SIGINT', 'SIGUSR1', 'SIGUSR1', 'SIGUSR1', 'SIGUSR2'] as const;
      for (const signal of signals) interrupts.raise(signal);
      vi.advanceTimersByTime(1_000);
      interrupts.raise('SIGINT');
      expect(told).toEqual([...signals, 'SIGINT']);
      expect(stops()).toBe(0);
      expect(interrupts.signal.aborted).toBe(false);
    });

    test('end the process when three come within a second', () => {
      const { interrupts, stops } = start();
      interrupts.forward(() => {});
      interrupts.raise('SIGINT');
      interrupts.raise('SIGTERM');
      expect(stops()).toBe(0);
      interrupts.raise('SIGINT');
      expect(stops()).toBe(1);
    });

    test('are told to those who only listen, too', () => {
      const { interrupts, stops } = start();
      const told: string[] = [];
      interrupts.on((signal) => told.push(`on ${signal}`));
      const forget = interrupts.forward((signal) => told.push(`forward ${signal}`));
      interrupts.raise('SIGINT');
      interrupts.raise('SIGINT');
      expect(told).toEqual(['on SIGINT', 'forward SIGINT', 'on SIGINT', 'forward SIGINT']);
      forget();
      interrupts.raise('SIGINT');
      expect(stops()).toBe(1);
    });
  });
});
