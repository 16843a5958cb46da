/** How a text ended that did not fail. */
export function describeEnd(type: 'completed' | 'stopped', reason: string | undefined): string {
  if (type === 'completed') {
    if (reason === undefined || reason === 'stop') return 'Complete.';
    return reason === 'length' ? 'Cut short at the length limit.' : `Complete (${reason}).`;
  }
  switch (reason) {
    case 'abandoned':
      return 'Stopped, because it had no viewer.';
    case 'limit':
      return 'Stopped at a limit of the server.';
    default:
      return 'Stopped.';
  }
}

/** The usage of a model, if the end has it: its names and numbers as they were sent. */
export function describeUsage(details: Readonly<Record<string, unknown>>): string | undefined {
  const { usage } = details;
  if (typeof usage !== 'object' || usage === null) return undefined;
  const numbers = Object.entries(usage).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  if (numbers.length === 0) return undefined;
  return numbers.map(([name, number]) => `${name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toLowerCase()} ${number.toLocaleString('en')}`).join(', ');
}
