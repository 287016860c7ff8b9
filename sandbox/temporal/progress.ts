/** Reports the progress of work that takes minutes: on one line of a terminal, or else in a new line every few seconds. */
export interface Progress {
  /** Replaces the text. */
  update(text: string): void;
  /** Writes a last text and stops. */
  end(text: string): void;
}

const LINE_INTERVAL_MS = 5_000;
const REDRAW_INTERVAL_MS = 500;

/** Writes the text with the seconds since the start, now and at each interval. */
export function startProgress(stream: NodeJS.WriteStream, first: string): Progress {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const terminal = stream.isTTY;
  let text = first;
  const write = () => stream.write(terminal ? `\r\u001b[K${text} (${seconds()} s)` : `${text} (${seconds()} s)\n`);
  write();
  const timer = setInterval(write, terminal ? REDRAW_INTERVAL_MS : LINE_INTERVAL_MS);
  return {
    update: (next) => {
      text = next;
    },
    end: (last) => {
      clearInterval(timer);
      text = last;
      write();
      if (terminal) stream.write('\n');
    },
  };
}
