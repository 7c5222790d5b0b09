#!/usr/bin/perl
# Perl's Crypt::JWT as an interop peer.
#
#   peers.pl make|open < jobs.json
#
# The jobs are as in peers.py.
use strict;
use warnings;
use Crypt::JWT qw(encode_jwt decode_jwt);
use JSON::PP ();
use MIME::Base64 qw(encode_base64url decode_base64url);

my $verb = shift // '';
my $json = JSON::PP->new->utf8->canonical;
my $jobs = $json->decode(do { local $/; <STDIN> });
my @out;
for my $job (@$jobs) {
    my $key    = $job->{key};
    my %result = (id => $job->{id});
    eval {
        if ($verb eq 'make') {
            my %extra = %{ $job->{header} };
            my $alg = delete $extra{alg};
            my $enc = delete $extra{enc};
            $result{token} = encode_jwt(
                payload       => decode_base64url($job->{plaintext_b64}),
                key           => $key->{kty} eq 'RSA' ? $key->{jwk_public} : pack('H*', $key->{hex}),
                alg           => $alg,
                enc           => $enc,
                extra_headers => \%extra,
            );
        }
        elsif ($verb eq 'open') {
            my $plaintext = decode_jwt(
                token          => $job->{token},
                key            => $key->{kty} eq 'RSA' ? $key->{jwk_private} : pack('H*', $key->{hex}),
                accepted_alg   => [ 'RSA-OAEP-256', 'dir' ],
                accepted_enc   => 'A256GCM',
                decode_payload => 0,
                verify_exp     => 0,
            );
            $result{plaintext_b64} = encode_base64url($plaintext);
        }
        else { die "verb must be make or open\n" }
        1;
    } or do {
        my $error = "$@";
        $error =~ s/ at \S+ line \d+\.?\s*\z//;
        $result{error} = $error;
    };
    push @out, \%result;
}
print $json->encode(\@out);
