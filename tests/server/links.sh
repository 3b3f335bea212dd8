#!/bin/sh
# links.sh PROGRAM: the server is linked with what it may be linked with, directly or through others: never GDAL, PROJ or Leptonica.
linked=$(ldd "$1") || exit 1
case $linked in
*libmicrohttpd*) ;;
*) echo "no libmicrohttpd in: $linked"; exit 1 ;;
esac
case $linked in
*libgdal* | *libproj* | *liblept* | *libgeotiff* | *libtiff*) echo "$linked"; exit 1 ;;
esac
