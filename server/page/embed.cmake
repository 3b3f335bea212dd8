# server/page/embed.cmake: turns the page's files into C.
#   cmake -DPAGE_DIR=... -DLEAFLET_DIR=... -DOUT=assets.c -P embed.cmake
# A file is published under its name and 12 digits of its SHA-256; {{name}} in the page stands for that. Each is also kept
# compressed (gzip -n: the bytes depend on the content alone).
get_filename_component(work ${OUT} DIRECTORY)
set(names leaflet.js leaflet.css map.js map.css icon.svg)
set(paths ${LEAFLET_DIR}/leaflet.min.js ${LEAFLET_DIR}/leaflet.css ${PAGE_DIR}/map.js ${PAGE_DIR}/map.css ${PAGE_DIR}/icon.svg)
set(media_js "text/javascript; charset=utf-8")
set(media_css "text/css; charset=utf-8")
set(media_svg "image/svg+xml")
set(media_html "text/html; charset=utf-8")
set(arrays "")
set(rows "")

# hex_array(path c_name): appends the file's bytes.
macro(hex_array path c_name)
  file(READ ${path} hex HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND arrays "static const uint8_t ${c_name}[] = {\n${hex}};\n")
endmacro()

# embed(path published extension): appends both forms of the file and its row.
macro(embed path published extension)
  file(SHA256 ${path} sha)
  string(SUBSTRING ${sha} 0 32 hash)
  execute_process(COMMAND gzip -9 -n -c ${path} OUTPUT_FILE ${work}/asset.gz RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "gzip ${path}: ${failed}")
  endif()
  hex_array(${path} plain_${hash})
  hex_array(${work}/asset.gz gzip_${hash})
  string(APPEND rows "    {\"${published}\", \"${media_${extension}}\", \"${hash}\",\n"
                     "     plain_${hash}, sizeof plain_${hash}, gzip_${hash}, sizeof gzip_${hash}},\n")
endmacro()

file(READ ${PAGE_DIR}/index.html page)
foreach(name path IN ZIP_LISTS names paths)
  file(SHA256 ${path} sha)
  string(SUBSTRING ${sha} 0 12 short)
  string(REGEX MATCH "^(.*)\\.([a-z]+)$" _ ${name})
  set(published "${CMAKE_MATCH_1}.${short}.${CMAKE_MATCH_2}")
  set(extension ${CMAKE_MATCH_2})
  string(REPLACE "{{${name}}}" "_/${published}" page "${page}")
  embed(${path} ${published} ${extension})
endforeach()
if(page MATCHES "{{[^}]*}}")
  message(FATAL_ERROR "index.html names an unknown file: ${CMAKE_MATCH_0}")
endif()
file(WRITE ${work}/index.html "${page}")
embed(${work}/index.html "" html)

file(WRITE ${OUT} "/* Made by server/page/embed.cmake. */\n#include \"server/assets.h\"\n\n${arrays}\n"
  "const imx_asset imx_assets[] = {\n${rows}};\nconst size_t imx_assets_count = sizeof imx_assets / sizeof *imx_assets;\n")
