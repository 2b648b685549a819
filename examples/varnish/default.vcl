# A whole Varnish in front of a storefront on the same machine:
#   varnishd -a :80 -f /etc/varnish/default.vcl -s malloc,256m
vcl 4.1;

include "/etc/varnish/ankkor.vcl";

backend default {
  .host = "127.0.0.1";
  .port = "3000";
}
