import type { ProbeReport } from './probe.ts'

/** Formats a report for a terminal. */
export function probeText({ seconds, connections, messages, trouble }: ProbeReport): string {
  const { tried, failed, outages } = connections
  const m = messages
  return [
    `${seconds.toFixed(0)} s as a client`,
    `connections  ${tried} tried, ${failed} failed${outages.length === 0 ? '' : ':'}`,
    ...outages.map(
      ({ from, seconds: lasted, failed: count }) =>
        `             from second ${from.toFixed(1)} for ${lasted.toFixed(1)} s (${count} failed)`,
    ),
    `messages     ${m.sent} sent, ${m.confirmed} confirmed, ${m.received} received, ${m.lost} lost`,
    `             at the longest ${m.longestSilence.toFixed(1)} s without a confirm`,
    `             ${m.duplicates} duplicates, ${m.unanswered} unanswered, ${m.refused} refused; ${m.brokenConnections} connections broke`,
    ...(trouble === undefined ? [] : [`             no message was sent: ${trouble}`]),
    '',
  ].join('\n')
}
