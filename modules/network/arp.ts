import { absent, type Absent, type Fact, sh } from 'haq'

/**
 * The link-layer addresses (MAC) of other hosts on the network segment that answer ARP for an IPv4 address, in lower
 * case. Absent if the host can't ask, because it has no perl or no such interface. The host sends three ARP probes
 * within one second, with 0.0.0.0 as sender, so that no host's neighbour table changes.
 * @param address IPv4
 * @param interfaceName the interface to ask on
 * @see RFC 5227, 2.1 Probing an Address; packet(7)
 */
export function arpAnswers(address: string, interfaceName: string): Fact<readonly string[] | Absent> {
  return {
    key: `arpAnswers:${address}:${interfaceName}`,
    script: sh`link=/sys/class/net/${interfaceName}
if ! command -v perl >/dev/null || ! [ -e "$link/ifindex" ]; then echo absent; exit 0; fi
answers=$(perl -MSocket -e '
  my ($address, $index, $own) = @ARGV;
  my ($wanted, $arp) = (inet_aton($address), 0x0806);
  # AF_PACKET without the link header, and struct sockaddr_ll
  socket(my $socket, 17, SOCK_DGRAM, unpack("S", pack("n", $arp))) or die "a socket for ARP: $!\n";
  my $link = sub { pack("S n i S C C a8", 17, $arp, $index, 1, 0, 6, $_[0]) };
  bind($socket, $link->("")) or die "listening: $!\n";
  my $question = pack("n n C C n a6 a4 a6 a4", 1, 0x0800, 6, 4, 1, pack("H12", $own =~ tr/://dr), "\0" x 4, "", $wanted);
  for (1 .. 3) {
    send($socket, $question, 0, $link->("\xff" x 6)) or die "asking: $!\n";
    while (1) {
      vec(my $ready = "", fileno($socket), 1) = 1;
      select($ready, undef, undef, 0.3) or last;
      defined recv($socket, my $packet, 2048, 0) or next;
      my (undef, undef, undef, undef, $operation, $mac, $sender) = unpack("n n C C n a6 a4", $packet);
      print join(":", unpack("(H2)6", $mac)), "\n" if $operation == 2 && $sender eq $wanted;
    }
  }
' ${address} "$(cat "$link/ifindex")" "$(cat "$link/address")") || exit 1
printf '%s\n' "$answers" | sort -u`,
    slow: true,
    parse: stdout => (stdout === 'absent\n' ? absent : stdout.split('\n').filter(Boolean)),
  }
}
