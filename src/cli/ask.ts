import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { DropboxTeamsError } from '../client';
import type { CommandIo } from './context';

interface Question {
  /** The answer of an empty line. Without it the question is repeated. */
  fallback?: string | undefined;
  /** The only answers that count, if there are any. */
  choices?: readonly string[];
  /** Why an answer does not count; undefined for one that does. The question is repeated. */
  refused?: (answer: string) => string | undefined;
  /** Ends the wait for an answer. */
  signal?: AbortSignal;
}

/** Questions on a terminal. They are written to standard error, since standard output is for results. */
export class Terminal {
  private constructor(private readonly io: CommandIo) {}

  /** undefined without a terminal to ask on. */
  static of(io: CommandIo): Terminal | undefined {
    const isTerminal = (io.in as { isTTY?: boolean }).isTTY === true && io.err.isTTY === true;
    return isTerminal ? new Terminal(io) : undefined;
  }

  /** @throws InvalidArgument when the input or the wait for it ends */
  async line(question: string, { fallback, choices, refused, signal }: Question = {}): Promise<string> {
    const prompt = `${question}${fallback === undefined ? '' : ` [${fallback}]`}: `;
    for (;;) {
      const answer = (await this.read(prompt, { signal })).trim() || (fallback ?? '');
      const problem =
        choices && !choices.includes(answer)
          ? `one of ${choices.join(', ')}`
          : answer === ''
            ? 'an answer is needed'
            : refused?.(answer);
      if (problem === undefined) return answer;
      this.io.err.write(`${problem}\n`);
    }
  }

  /** What is typed is not shown. */
  async secret(question: string): Promise<string> {
    for (;;) {
      const answer = (await this.read(`${question} (it is not shown): `, { isHidden: true })).trim();
      if (answer !== '') return answer;
    }
  }

  /** `fallback` is the answer of an empty line. */
  async agrees(question: string, { fallback = true }: { fallback?: boolean } = {}): Promise<boolean> {
    for (;;) {
      const answer = (await this.read(`${question} [${fallback ? 'Y/n' : 'y/N'}]: `)).trim().toLowerCase();
      if (answer === '') return fallback;
      if (['y', 'yes'].includes(answer)) return true;
      if (['n', 'no'].includes(answer)) return false;
    }
  }

  /** @throws InvalidArgument when the input ends */
  private async read(
    prompt: string,
    { isHidden = false, signal }: { isHidden?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<string> {
    const { in: input, err } = this.io;
    const echo = new Writable({
      write: (part: Buffer, _encoding, done) => {
        if (!isHidden) err.write(part);
        done();
      },
    });
    const reader = createInterface({ input, output: echo, terminal: true, historySize: 0 });
    // What readline draws includes the prompt, so a hidden answer needs its own. By now the terminal echoes nothing.
    if (isHidden) err.write(prompt);
    const ended = new AbortController();
    reader.once('close', () => ended.abort());
    // readline takes the key from the terminal. The default of the signal ends the command.
    reader.once('SIGINT', () => {
      reader.close();
      err.write('\n');
      process.kill(process.pid, 'SIGINT');
    });
    try {
      const signals = signal === undefined ? [ended.signal] : [ended.signal, signal];
      return await reader.question(prompt, { signal: AbortSignal.any(signals) });
    } catch (cause) {
      throw new DropboxTeamsError('InvalidArgument', 'the input has ended before the answer', { cause });
    } finally {
      reader.close();
      if (isHidden || signal?.aborted === true) err.write('\n');
    }
  }
}
