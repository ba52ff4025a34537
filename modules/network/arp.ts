import { absent, type Absent, type Fact, sh } from 'haq'

/**
 * The link addresses (MAC) from which somebody else on the segment says that an IPv4 address is his, in lower case; absent
 * where the host can't ask, for want of perl or of the interface. It asks three times within a second, as a host does
 * that is about to take an address (sender 0.0.0.0), so that nobody's neighbour table changes.
 * @param address IPv4
 * @param interfaceName where to ask
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
