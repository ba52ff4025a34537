import { type Fact, sh } from 'haq'

/**
 * Whether a broker answers at an address: checks the start of the AMQP handshake, not only an open port.
 * @param port TCP port, 1 to 65535
 * @see AMQP 0-9-1 specification, 2.2.4 The Connection Class
 */
export function amqpAnswers(address: string, port: number): Fact<boolean> {
  return {
    key: `amqpAnswers:${address}:${port}`,
    script: sh`if command -v bash >/dev/null; then
  timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "AMQP\0\0\011\001" >&3 && head -c 1 <&3' ${address} ${port} 2>/dev/null
else
  printf 'AMQP\0\0\011\001' | timeout 3 nc ${address} ${port} 2>/dev/null | head -c 1
fi | od -An -tx1`,
    slow: true,
    // A method frame with the broker's Connection.Start.
    parse: stdout => stdout.trim() === '01',
  }
}
