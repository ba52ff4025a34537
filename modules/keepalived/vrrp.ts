import { absent, type Absent, type Fact, sh } from 'haq'

/**
 * The source addresses of the VRRP adverts that the host receives for a VRID while it listens. Absent if the host
 * can't listen, because it has no perl or no such interface. Only IPv4 multicast is received. The host sends nothing
 * except what is needed to join the multicast group.
 *
 * A host whose keepalived.conf already has the VRID does not listen: it would receive the adverts of its own peers.
 *
 * @param interfaceName the interface to listen on
 * @param virtualRouterId 1 to 255
 * @param listenFor seconds, 0.1 to 3600
 * @param path keepalived.conf
 * @see RFC 5798, 5.1 VRRP Packet Format; select(2), which says how much time is left; packet(7), ip(7)
 */
export function vrrpHeard(
  interfaceName: string,
  virtualRouterId: number,
  listenFor: number,
  path: string,
): Fact<readonly string[] | Absent> {
  return {
    key: `vrrpHeard:${interfaceName}:${virtualRouterId}:${listenFor}:${path}`,
    script: sh`if grep -Eqs ${`^[[:space:]]*virtual_router_id[[:space:]]+${virtualRouterId}([[:space:]]|$)`} ${path}; then exit 0; fi
if ! command -v perl >/dev/null || ! [ -e /sys/class/net/${interfaceName}/ifindex ]; then echo absent; exit 0; fi
heard=$(perl -MSocket -e '
  my ($device, $index, $id, $seconds) = @ARGV;
  socket(my $socket, AF_INET, SOCK_RAW, 112) or die "a socket for VRRP: $!\n";
  # SO_BINDTODEVICE and IP_ADD_MEMBERSHIP, with struct ip_mreqn
  setsockopt($socket, SOL_SOCKET, 25, pack("Z*", $device)) or die "listening on $device: $!\n";
  setsockopt($socket, 0, 35, pack("a4 a4 i", inet_aton("224.0.0.18"), INADDR_ANY, $index)) or die "joining: $!\n";
  while ($seconds > 0) {
    vec(my $ready = "", fileno($socket), 1) = 1;
    (my $arrived, $seconds) = select($ready, undef, undef, $seconds);
    $arrived or last;
    defined recv($socket, my $packet, 2048, 0) or next;
    my $advert = substr($packet, 4 * (ord($packet) & 15));
    print inet_ntoa(substr($packet, 12, 4)), "\n" if length $advert >= 8 && ord(substr($advert, 1, 1)) == $id;
  }
' ${interfaceName} "$(cat /sys/class/net/${interfaceName}/ifindex)" ${virtualRouterId} ${listenFor}) || exit 1
printf '%s\n' "$heard" | sort -u`,
    slow: true,
    parse: stdout => (stdout === 'absent\n' ? absent : stdout.split('\n').filter(Boolean)),
  }
}
