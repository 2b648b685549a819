# What a Varnish in front of the storefront needs so that ankkor (format "varnish") can purge it by tag.
# Put it beside your own VCL and include it there, before your own subroutines: default.vcl is an example.
# It needs vmod_xkey (Debian: varnish-modules).

import xkey;

# Who may purge. ankkor calls over plain HTTP only on the same machine; from another one it needs TLS in front of
# Varnish, and that proxy's address here.
acl ankkor {
  "127.0.0.1";
  "::1";
}

sub vcl_recv {
  if (req.method == "PURGE") {
    if (client.ip !~ ankkor) {
      return (synth(403, "Forbidden"));
    }
    if (!req.http.xkey) {
      return (synth(400, "Which keys?"));
    }
    # xkey.softpurge() in its place serves the old page while the new one is fetched, for as long as your grace is.
    set req.http.x-purged = xkey.purge(req.http.xkey);
    return (synth(200, "Purged " + req.http.x-purged));
  }
}

sub vcl_backend_response {
  # ankkor's own answers, and those of examples/storefront, name their tags here, with blanks between them.
  if (beresp.http.Surrogate-Key) {
    set beresp.http.xkey = beresp.http.Surrogate-Key;
  }
}

sub vcl_deliver {
  unset resp.http.xkey;
  unset resp.http.Surrogate-Key;
}
