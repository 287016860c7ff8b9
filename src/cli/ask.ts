import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { DropboxTeamsError } from '../client';
import type { Surroundings } from './context';

interface Question {
  /** The answer of an empty line. Without it the question is repeated. */
  fallback?: string | undefined;
  /** The only answers that count, if there are any. */
  choices?: readonly string[];
}

/** Questions on a terminal. They are written to standard error, since standard output is for results. */
export class Terminal {
  private constructor(private readonly around: Surroundings) {}

  /** undefined without a terminal to ask on. */
  static of(around: Surroundings): Terminal | undefined {
    const isTerminal = (around.in as { isTTY?: boolean }).isTTY === true && around.err.isTTY === true;
    return isTerminal ? new Terminal(around) : undefined;
  }

  async line(question: string, { fallback, choices }: Question = {}): Promise<string> {
    const prompt = `${question}${fallback === undefined ? '' : ` [${fallback}]`}: `;
    for (;;) {
      const answer = (await this.#read(prompt, false)).trim() || (fallback ?? '');
      if (choices ? choices.includes(answer) : answer !== '') return answer;
      this.around.err.write(choices ? `one of ${choices.join(', ')}\n` : 'an answer is needed\n');
    }
  }

  /** What is typed is not shown. */
  async secret(question: string): Promise<string> {
    for (;;) {
      const answer = (await this.#read(`${question} (it is not shown): `, true)).trim();
      if (answer !== '') return answer;
    }
  }

  async agrees(question: string): Promise<boolean> {
    for (;;) {
      const answer = (await this.#read(`${question} [Y/n]: `, false)).trim().toLowerCase();
      if (['', 'y', 'yes'].includes(answer)) return true;
      if (['n', 'no'].includes(answer)) return false;
    }
  }

  /** @throws InvalidArgument when the input ends */
  async #read(prompt: string, isHidden: boolean): Promise<string> {
    const { in: input, err } = this.around;
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
      process.kill(process.pid, 'SIGINT');
    });
    try {
      return await reader.question(prompt, { signal: ended.signal });
    } catch (cause) {
      throw new DropboxTeamsError('InvalidArgument', 'the input has ended before the answer', { cause });
    } finally {
      reader.close();
      if (isHidden) err.write('\n');
    }
  }
}
