// The benchmark's service as an actix-web user would write it: one worker, JSON in and out.
use actix_web::{get, post, web, App, HttpServer, Responder};
use serde_json::{json, Value};

#[get("/users/{user_id}")]
async fn get_user(user_id: web::Path<String>) -> impl Responder {
    web::Json(json!({"id": user_id.into_inner(), "name": "John Doe"}))
}

#[post("/echo")]
async fn echo(body: web::Json<Value>) -> impl Responder {
    body
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port: u16 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(8080);
    HttpServer::new(|| App::new().service(get_user).service(echo))
        .workers(1)
        .bind(("127.0.0.1", port))?
        .run()
        .await
}
