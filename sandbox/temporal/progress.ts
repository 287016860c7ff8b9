/** Says what is going on during work that takes minutes, on one line of a terminal or one line every few seconds. */
export interface Progress {
  /** Replaces what is said from now on. */
  update(text: string): void;
  /** Says the last word and stops. */
  end(text: string): void;
}

const LINE_INTERVAL_MS = 5_000;
const REDRAW_INTERVAL_MS = 500;

/** `text` is called each time, with the seconds since the start. */
export function startProgress(stream: NodeJS.WriteStream, first: string): Progress {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const terminal = stream.isTTY;
  let text = first;
  const say = () => stream.write(terminal ? `\r\u001b[K${text} (${seconds()} s)` : `${text} (${seconds()} s)\n`);
  say();
  const timer = setInterval(say, terminal ? REDRAW_INTERVAL_MS : LINE_INTERVAL_MS);
  return {
    update: (next) => {
      text = next;
    },
    end: (last) => {
      clearInterval(timer);
      text = last;
      say();
      if (terminal) stream.write('\n');
    },
  };
}
