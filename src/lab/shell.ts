/** Quotes a word for bash where it needs it. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** Feeds `text` to `command` as a here document; nothing where there is no text. */
export const feed = (command: string, text: string): readonly string[] =>
  text.trim() === '' ? [] : [`${command} <<'END_OF_INPUT'`, text.replace(/\n$/, ''), 'END_OF_INPUT'];

/**
 * Runs `commands` in the namespace `room`, with runs of `ip` commands in one process each:
 * starting a process is most of the cost of an installation.
 */
export const inRoom = (room: string, commands: readonly string[]): readonly string[] => {
  const lines: string[] = [];
  let batch: { readonly options: string; readonly commands: string[] } | undefined;
  const flush = () => {
    if (batch) lines.push(...feed(`ip ${batch.options}-n ${room} -batch -`, batch.commands.join('\n')));
    batch = undefined;
  };
  for (const command of commands) {
    // -batch reads arguments and no options, and knows no shell quoting.
    const [, options, words] = /^ip (-[46] )?([^-'"][^'"]*)$/.exec(command) ?? [];
    if (words === undefined) {
      flush();
      lines.push(`ip netns exec ${room} ${command}`);
      continue;
    }
    if (batch?.options !== (options ?? '')) flush();
    batch ??= { options: options ?? '', commands: [] };
    batch.commands.push(words);
  }
  flush();
  return lines;
};
