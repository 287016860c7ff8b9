import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Reports the progress of work that takes minutes: on one line of a terminal, or else in a new line every few seconds. */
export interface Progress {
  /** Writes a last text and stops. */
  end(text: string): void;
}

const LINE_INTERVAL_MS = 5_000;
const REDRAW_INTERVAL_MS = 500;

/** Writes the current text with the seconds since the start, now and at each interval. */
export function startProgress(stream: NodeJS.WriteStream, current: () => string): Progress {
  const startedAt = Date.now();
  const terminal = stream.isTTY;
  const write = (text: string) => {
    const line = `${text} (${Math.round((Date.now() - startedAt) / 1000)} s)`;
    stream.write(terminal ? `\r\u001b[K${line}` : `${line}\n`);
  };
  write(current());
  const timer = setInterval(() => write(current()), terminal ? REDRAW_INTERVAL_MS : LINE_INTERVAL_MS);
  return {
    end: (last) => {
      clearInterval(timer);
      write(last);
      if (terminal) stream.write('\n');
    },
  };
}

/** Size in MB of a file, or of all files below a folder; 0 when it does not exist. */
export function megabytesAt(file: string): number {
  const bytes = (at: string): number => {
    const found = statSync(at, { throwIfNoEntry: false });
    if (!found?.isDirectory()) return found?.size ?? 0;
    return readdirSync(at).reduce((sum, name) => sum + bytes(path.join(at, name)), 0);
  };
  try {
    return megabytes(bytes(file));
  } catch {
    // The folder was removed while it was read.
    return 0;
  }
}

export const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
