"""The servers that are compared: ours and the peers, each as its users would write it."""
import os

from harness import Server

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(ROOT, "build/bench")
RELEASE = os.path.join(ROOT, "build/release")

NGINX = """\
{modules}
worker_processes 1;
daemon off;
pid {work}/nginx-{port}.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {work}/nginx-temp; proxy_temp_path {work}/nginx-temp;
  fastcgi_temp_path {work}/nginx-temp; uwsgi_temp_path {work}/nginx-temp;
  scgi_temp_path {work}/nginx-temp;
  default_type application/json;
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 200 '{{"id":"42","name":"John Doe"}}'; }}
    {sleep}
  }}
}}
"""


def ours(**more):
    """examples/users, as script/build leaves it; host and port from the environment."""
    return Server("minos", [f"{RELEASE}/bin/users", "--config", f"{ROOT}/examples/users/config.yml"],
                  env={"MINOS_INTERFACES_HTTP_CONNECTOR_HOST": "127.0.0.1",
                       "MINOS_INTERFACES_HTTP_CONNECTOR_PORT": "{port}", **more.pop("env", {})}, **more)


def ours_sleeping():
    return Server("minos", [f"{RELEASE}/bench/sleep_server", "--config", f"{ROOT}/bench/sleep.yml"],
                  ready="/sleep", env={"MINOS_INTERFACES_HTTP_CONNECTOR_PORT": "{port}"})


def nginx(port, sleeping=False):
    modules = "load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;" if sleeping else ""
    sleep = 'location /sleep { echo_sleep 0.01; echo "{\\"status\\":\\"slept\\"}"; }' if sleeping else ""
    path = f"{WORK}/nginx-{port}.conf"
    os.makedirs(f"{WORK}/nginx-temp", exist_ok=True)
    os.chmod(f"{WORK}/nginx-temp", 0o777)
    with open(path, "w", encoding="utf-8") as file:
        file.write(NGINX.format(modules=modules, work=WORK, port=port, sleep=sleep))
    return Server("nginx", ["/usr/sbin/nginx", "-e", "stderr", "-c", path], port=port,
                  ready="/sleep" if sleeping else "/users/42")


def actix():
    return Server("actix", [f"{WORK}/actix-target/release/peer-actix", "{port}"])


def go(sleeping=False):
    return Server("go", [f"{WORK}/peer-go", "{port}"], ready="/sleep" if sleeping else "/users/42")
